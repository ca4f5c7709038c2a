import type { Scenario } from './scenario.ts'
import { hardware, world } from './world.ts'

const VM = '/virtualization/virtual-machines/'
const TAGS = '/extras/tags/'

export const writes: readonly Scenario[] = [
  {
    name: 'one object is created, changed, replaced and deleted',
    steps: [
      ...world,
      {
        ask: `POST ${VM}`,
        body: { name: ' db ', cluster: '$cluster.id', vcpus: 2, memory: 2048, status: 'planned' },
        keep: 'db',
        gives: 201,
        see: ['name', 'vcpus', 'memory', 'status', 'cluster.name', 'disk', 'tags', 'serial']
      },
      { ask: `PATCH ${VM}{db.id}/`, body: { memory: 4096 }, gives: 200, see: ['name', 'memory'] },
      { ask: `PATCH ${VM}{db.id}/`, body: {}, gives: 200, see: ['name', 'memory'] },
      { ask: `PATCH ${VM}{db.id}/`, body: { nothing: 1 }, gives: 200, see: ['memory'] },
      { ask: `PUT ${VM}{db.id}/`, body: { name: 'db2' }, gives: 400 },
      {
        ask: `PUT ${VM}{db.id}/`,
        body: { name: 'db2', site: '$site.id' },
        gives: 200,
        see: ['name', 'memory', 'cluster', 'site.name', 'status.value']
      },
      {
        ask: `PUT ${VM}{db.id}/`,
        body: { name: 'db2', cluster: '$cluster.id' },
        gives: 200,
        see: ['name', 'memory', 'cluster.name', 'site']
      },
      { ask: `PUT ${VM}{db.id}/`, body: { memory: 1 }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { vcpus: '1.5' }, gives: 200, see: ['vcpus'] },
      { ask: `PATCH ${VM}{db.id}/`, body: { vcpus: 0 }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { vcpus: 1.555 }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { memory: -1 }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { memory: 1.5 }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { memory: 'much' }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { name: null }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { name: '' }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { name: ['a'] }, gives: 400 },
      { ask: `DELETE ${VM}{db.id}/`, gives: 204 },
      { ask: `GET ${VM}{db.id}/`, gives: 404 }
    ]
  },
  {
    name: 'names and texts have their length',
    steps: [
      ...world,
      {
        ask: `POST ${VM}`,
        body: { name: 'x'.repeat(65), cluster: '$cluster.id' },
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'x'.repeat(64), cluster: '$cluster.id', description: 'd'.repeat(201) },
        gives: 400
      },
      { ask: `POST ${TAGS}`, body: { name: 'x'.repeat(101), slug: 'x' }, gives: 400 },
      { ask: `POST ${TAGS}`, body: { name: 'x', slug: 'no spaces' }, gives: 400 },
      {
        ask: 'POST /virtualization/cluster-types/',
        body: { name: 'x', slug: 'no spaces' },
        gives: 400
      },
      { ask: `POST ${TAGS}`, body: { name: 'x', slug: 'x', color: 'red' }, gives: 400 },
      { ask: `POST ${TAGS}`, body: {}, gives: 400 },
      { ask: `POST ${TAGS}`, body: { name: 'one', slug: 'one' }, gives: 400 },
      {
        ask: 'POST /virtualization/interfaces/',
        body: { virtual_machine: '$vm.id', name: 'n'.repeat(65) },
        gives: 400
      }
    ]
  },
  {
    name: 'choices and references are checked, references also by their fields',
    steps: [
      ...world,
      { ask: `PATCH ${VM}{vm.id}/`, body: { status: 'bad' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { status: '' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { status: null }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { status: { value: 'active' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { start_on_boot: 'maybe' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: 99999 }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: 'lab' }, gives: 400 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { cluster: { name: 'lab' } },
        gives: 200,
        see: ['cluster.name']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: { name: 'none' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: { nothing: 'lab' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: {} }, gives: 200, see: ['cluster.name'] },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: [] }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { cluster: '$cluster.id' }, gives: 200 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { local_context_data: [1] },
        gives: 400
      }
    ]
  },
  {
    name: 'a VM has one name in its cluster and tenant, in any case',
    steps: [
      ...world,
      {
        ask: 'POST /tenancy/tenants/',
        body: { name: 'shop', slug: 'shop' },
        keep: 'tenant',
        gives: 201
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 'other', type: '$type.id' },
        keep: 'cluster2',
        gives: 201
      },
      { ask: `POST ${VM}`, body: { name: 'WEB', cluster: '$cluster.id' }, gives: 400 },
      { ask: `POST ${VM}`, body: { name: 'web ', cluster: '$cluster.id' }, gives: 400 },
      { ask: `POST ${VM}`, body: { name: 'WEB', cluster: '$cluster2.id' }, gives: 201 },
      {
        ask: `POST ${VM}`,
        body: { name: 'WEB', cluster: '$cluster.id', tenant: '$tenant.id' },
        gives: 201
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'wEb', cluster: '$cluster.id', tenant: '$tenant.id' },
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'db', cluster: '$cluster.id' },
        keep: 'db',
        gives: 201
      },
      { ask: `PATCH ${VM}{db.id}/`, body: { name: 'Web' }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { name: 'DB' }, gives: 200, see: ['name'] },
      { ask: `POST ${VM}`, body: { name: 'nowhere' }, gives: 400 },
      {
        ask: 'POST /virtualization/interfaces/',
        body: { virtual_machine: '$vm.id', name: 'net0' },
        gives: 400
      },
      {
        ask: 'POST /virtualization/interfaces/',
        body: { virtual_machine: '$vm.id', name: 'NET0' },
        gives: 201,
        see: ['name']
      },
      {
        ask: 'POST /virtualization/cluster-types/',
        body: { name: 'proxmox', slug: 'other' },
        gives: 400
      }
    ]
  },
  {
    name: 'an answer carries an ETag, and If-Match holds a writer to what it saw',
    steps: [
      ...world,
      { ask: `GET ${VM}{vm.id}/`, gives: 200, seeHeaders: ['etag'] },
      { ask: `GET ${VM}`, gives: 200, seeHeaders: ['etag'] },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { memory: 1 },
        headers: { 'if-match': '"2000-01-01T00:00:00.000000+00:00"' },
        gives: 412,
        seeHeaders: ['etag']
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { memory: 1 },
        headers: { 'if-match': '*' },
        gives: 200,
        seeHeaders: ['etag']
      },
      {
        ask: `DELETE ${VM}{vm.id}/`,
        headers: { 'if-match': '"old"' },
        gives: 412
      },
      {
        ask: `PUT ${VM}{vm.id}/`,
        body: { name: 'web' },
        headers: { 'if-match': 'W/"old"' },
        gives: 412
      },
      {
        ask: `POST ${TAGS}`,
        body: { name: 'x', slug: 'x' },
        gives: 201,
        seeHeaders: ['etag', 'location']
      },
      {
        ask: `PATCH ${TAGS}`,
        body: [{ id: '$one.id', description: 'd' }],
        headers: { 'if-match': '"old"' },
        gives: 412
      }
    ]
  },
  {
    name: 'a device belongs to a site and has one name there',
    steps: [
      ...world,
      ...hardware,
      {
        ask: 'POST /dcim/devices/',
        body: { name: 'PVE1', device_type: '$model.id', role: '$role.id', site: '$site.id' },
        gives: 400
      },
      {
        ask: 'POST /dcim/devices/',
        body: { name: 'pve1', device_type: '$model.id', role: '$role.id', site: '$site2.id' },
        keep: 'twin',
        gives: 201,
        see: ['name', 'status', 'face', 'position', 'airflow', 'cluster', 'device_type.model']
      },
      { ask: 'POST /dcim/devices/', body: { name: 'bare' }, gives: 400 },
      { ask: 'PATCH /dcim/devices/{device.id}/', body: { asset_tag: 'A1' }, gives: 200 },
      { ask: 'PATCH /dcim/devices/{twin.id}/', body: { asset_tag: 'A1' }, gives: 400 },
      {
        ask: 'PATCH /dcim/devices/{twin.id}/',
        body: { asset_tag: '' },
        gives: 200,
        see: ['asset_tag']
      },
      {
        ask: 'PATCH /dcim/devices/{twin.id}/',
        body: { name: null },
        gives: 200,
        see: ['name'],
        compare: 'seen'
      },
      { ask: 'PATCH /dcim/devices/{twin.id}/', body: { serial: 's'.repeat(51) }, gives: 400 },
      { ask: 'PATCH /dcim/devices/{twin.id}/', body: { face: 'front' }, gives: 400 },
      { ask: 'PATCH /dcim/devices/{twin.id}/', body: { position: 1 }, gives: 400 }
    ]
  },
  {
    name: 'a cluster has its scope, and what is in it lies inside',
    steps: [
      ...world,
      ...hardware,
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 'north1', type: '$type.id', scope_type: 'dcim.site', scope_id: '$site.id' },
        keep: 'north',
        gives: 201,
        see: ['name', 'scope_type', 'scope.name', 'status', 'group', 'device_count']
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 'north1', type: '$type.id', scope_type: 'dcim.site', scope_id: '$site.id' },
        gives: 500
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 'lab', type: '$type.id' },
        gives: 201,
        see: ['name']
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 's', type: '$type.id', scope_type: 'dcim.site' },
        gives: 400
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 's', type: '$type.id', scope_type: 'dcim.site', scope_id: 99999 },
        gives: 400
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 's', type: '$type.id', scope_type: 'dcim.rack', scope_id: 1 },
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'inside', cluster: '$north.id' },
        keep: 'inside',
        gives: 201,
        see: ['site.name']
      },
      { ask: `PATCH ${VM}{inside.id}/`, body: { site: '$site2.id' }, gives: 400 },
      {
        ask: 'PATCH /dcim/devices/{device.id}/',
        body: { cluster: '$north.id' },
        gives: 200,
        see: ['cluster.name']
      },
      { ask: 'PATCH /dcim/devices/{device.id}/', body: { site: '$site2.id' }, gives: 400 },
      {
        ask: 'PATCH /virtualization/clusters/{north.id}/',
        body: { scope_id: '$site2.id' },
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'pinned', cluster: '$cluster.id', device: '$device.id' },
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: { name: 'pinned', cluster: '$north.id', device: '$device.id' },
        gives: 201,
        see: ['device.name', 'site.name']
      },
      {
        ask: 'GET /virtualization/clusters/{north.id}/',
        gives: 200,
        see: ['device_count', 'virtualmachine_count']
      }
    ]
  }
]
