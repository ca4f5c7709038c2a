import type { Scenario, Step } from './scenario.ts'
import { hardware, world } from './world.ts'

const TAGS = '/extras/tags/'

const VM = '/virtualization/virtual-machines/'
const NIC = '/virtualization/interfaces/'
const DISK = '/virtualization/virtual-disks/'
const PORT = '/dcim/interfaces/'
const MAC = '/dcim/mac-addresses/'
const IP = '/ipam/ip-addresses/'

/** On an interface an object that the narrow token sees, and one that it does not. */
const pairOn = (type: string, id: string, digit: number): readonly Step[] =>
  ['', 'hidden'].flatMap((description, index): Step[] => {
    const at = { assigned_object_type: type, assigned_object_id: id, description }
    const last = digit + index
    return [
      { ask: `POST ${MAC}`, body: { mac_address: `BC:24:11:00:01:0${last}`, ...at }, gives: 201 },
      { ask: `POST ${IP}`, body: { address: `192.0.2.${last}/24`, ...at }, gives: 201 }
    ]
  })

/** Beside each object that the narrow token sees one that it does not. */
const halfHidden: readonly Step[] = [
  ...world,
  ...hardware,
  {
    ask: `POST ${VM}`,
    body: { name: 'db', cluster: '$cluster.id', description: 'hidden' },
    keep: 'hidden',
    gives: 201
  },
  {
    ask: `POST ${NIC}`,
    body: { virtual_machine: '$vm.id', name: 'net1', description: 'hidden' },
    gives: 201
  },
  {
    ask: `POST ${DISK}`,
    body: [
      { virtual_machine: '$vm.id', name: 'scsi0', size: 1 },
      { virtual_machine: '$vm.id', name: 'scsi1', size: 1, description: 'hidden' }
    ],
    gives: 201
  },
  { ask: 'PATCH /dcim/devices/{device.id}/', body: { cluster: '$cluster.id' }, gives: 200 },
  {
    ask: 'POST /dcim/devices/',
    body: {
      name: 'pve2',
      device_type: '$model.id',
      role: '$role.id',
      site: '$site.id',
      cluster: '$cluster.id',
      description: 'hidden'
    },
    gives: 201
  },
  {
    ask: `POST ${PORT}`,
    body: { device: '$device.id', name: 'eno2', type: 'other', description: 'hidden' },
    gives: 201
  },
  ...pairOn('virtualization.vminterface', '$nic.id', 1),
  ...pairOn('dcim.interface', '$port.id', 3)
]

const narrowed = (ask: string, ...see: string[]): Step => ({
  ask: `GET /${ask.slice(1)}`,
  token: 'narrow',
  gives: 200,
  see
})

export const access: readonly Scenario[] = [
  {
    name: 'a missing or unknown token is refused with 403',
    steps: [
      { ask: `GET ${TAGS}`, token: 'none', gives: 403 },
      { ask: `GET ${TAGS}`, token: 'unknown', gives: 403 },
      { ask: `GET ${TAGS}`, token: 'none', headers: { authorization: 'Bearer' }, gives: 403 },
      {
        ask: `GET ${TAGS}`,
        token: 'none',
        headers: { authorization: `Token ${'0'.repeat(39)}x` },
        gives: 403
      },
      { ask: 'GET /status/', token: 'unknown', gives: 403 },
      { ask: 'GET /', token: 'unknown', gives: 403 }
    ]
  },
  {
    name: 'a read-only token reads and does not write',
    steps: [
      { ask: `GET ${TAGS}`, token: 'read-only', gives: 200, see: ['count'] },
      { ask: `POST ${TAGS}`, token: 'read-only', body: { name: 'a', slug: 'a' }, gives: 403 },
      { ask: `POST ${TAGS}`, token: 'read-only', text: '{', gives: 403 },
      { ask: `PATCH ${TAGS}`, token: 'read-only', body: [], gives: 403 },
      { ask: `DELETE ${TAGS}`, token: 'read-only', body: [{ id: 1 }], gives: 403 }
    ]
  },
  {
    name: 'a path without its slash is sent on when read, and unknown paths and objects are not found',
    steps: [
      { ask: 'GET /extras/tags', gives: 301, seeHeaders: ['location'] },
      { ask: 'GET /extras/tags?limit=1', gives: 301, seeHeaders: ['location'] },
      { ask: 'POST /extras/tags', body: { name: 'a', slug: 'a' }, gives: 404 },
      { ask: 'GET /extras/nothing/', gives: 404 },
      { ask: `GET ${TAGS}99999/`, gives: 404 },
      { ask: `PATCH ${TAGS}99999/`, body: {}, gives: 404 },
      { ask: `DELETE ${TAGS}99999/`, gives: 404 },
      { ask: `PUT ${TAGS}99999/`, body: {}, gives: 404 },
      { ask: `POST ${TAGS}1/`, body: {}, gives: 405, seeHeaders: ['allow'] }
    ]
  },
  {
    name: 'every answer names the API version and the request',
    steps: [
      {
        ask: `GET ${TAGS}`,
        gives: 200,
        seeHeaders: ['api-version', 'x-request-id', 'content-type']
      },
      {
        ask: `POST ${TAGS}`,
        body: { name: '' },
        gives: 400,
        seeHeaders: ['api-version', 'x-request-id', 'content-type']
      },
      {
        ask: `GET ${TAGS}`,
        token: 'none',
        gives: 403,
        seeHeaders: ['api-version', 'x-request-id']
      },
      {
        ask: `GET ${TAGS}`,
        headers: { 'x-request-id': '11111111-2222-3333-4444-555555555555' },
        gives: 200,
        seeHeaders: ['x-request-id']
      }
    ]
  },
  {
    name: 'a body must be JSON, and an object or a list of objects',
    steps: [
      { ask: `POST ${TAGS}`, text: '{"name": ', gives: 400 },
      { ask: `POST ${TAGS}`, text: 'name=a', gives: 400 },
      { ask: `POST ${TAGS}`, text: '', gives: 400 },
      { ask: `POST ${TAGS}`, body: 'a', gives: 400 },
      { ask: `POST ${TAGS}`, body: [], gives: 201, see: ['length'] },
      { ask: `POST ${TAGS}`, body: ['a'], gives: 400 },
      {
        ask: `POST ${TAGS}`,
        body: { name: 'a', slug: 'a' },
        headers: { 'content-type': 'text/plain' },
        gives: 415
      },
      { ask: `PATCH ${TAGS}`, body: { id: 1 }, gives: 400 }
    ]
  },
  {
    name: 'a token narrowed by object permissions sees less than NetBox counts',
    steps: [
      ...halfHidden,
      narrowed(`${VM}?fields=id,name`, 'count', 'results.0.name'),
      narrowed(`${NIC}?fields=id,name`, 'count', 'results.0.name'),
      narrowed(`${DISK}?fields=id,name`, 'count', 'results.0.name'),
      narrowed(`${PORT}?fields=id,name`, 'count', 'results.0.name'),
      narrowed('/dcim/devices/?fields=id,name', 'count', 'results.0.name'),
      narrowed(`${MAC}?fields=id`, 'count'),
      narrowed(`${IP}?fields=id`, 'count'),
      narrowed('/virtualization/cluster-types/?fields=id,cluster_count', 'results.0.cluster_count'),
      narrowed(
        '/virtualization/clusters/?id={cluster.id}&fields=id,virtualmachine_count,device_count',
        'results.0.virtualmachine_count',
        'results.0.device_count'
      ),
      narrowed(
        `${VM}?id={vm.id}&fields=id,interface_count,virtual_disk_count`,
        'results.0.interface_count',
        'results.0.virtual_disk_count'
      ),
      narrowed(
        '/dcim/devices/?id={device.id}&fields=id,interface_count',
        'results.0.interface_count'
      ),
      narrowed(
        `${NIC}?id={nic.id}&fields=id,count_ipaddresses,mac_addresses`,
        'results.0.count_ipaddresses',
        'results.0.mac_addresses.length'
      ),
      narrowed(
        `${PORT}?id={port.id}&fields=id,count_ipaddresses,mac_addresses`,
        'results.0.count_ipaddresses',
        'results.0.mac_addresses.length'
      ),
      narrowed(`${IP}?virtual_machine_id={vm.id}&fields=id`, 'count'),
      { ask: `GET ${VM}{hidden.id}/`, token: 'narrow', gives: 404 },
      { ask: `PATCH ${VM}{hidden.id}/`, token: 'narrow', body: { memory: 1 }, gives: 404 },
      { ask: `PATCH ${VM}`, token: 'narrow', body: [{ id: '$hidden.id', memory: 1 }], gives: 400 },
      { ask: `DELETE ${VM}`, token: 'narrow', body: [{ id: '$hidden.id' }], gives: 400 },
      { ask: `DELETE ${VM}{hidden.id}/`, token: 'narrow', gives: 404 },
      { ask: 'GET /dcim/sites/', token: 'narrow', gives: 403 }
    ]
  }
]
