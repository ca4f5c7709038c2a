import type { Scenario, Step } from './scenario.ts'
import { hardware, world } from './world.ts'

const VM = '/virtualization/virtual-machines/'
const NIC = '/virtualization/interfaces/'
const DISK = '/virtualization/virtual-disks/'
const MAC = '/dcim/mac-addresses/'

const vlans: readonly Step[] = [
  { ask: 'POST /ipam/vlans/', body: { vid: 10, name: 'ten' }, keep: 'ten', gives: 201 },
  { ask: 'POST /ipam/vlans/', body: { vid: 20, name: 'twenty' }, keep: 'twenty', gives: 201 },
  {
    ask: 'POST /ipam/vlans/',
    body: { vid: 30, name: 'south', site: '$site2.id' },
    keep: 'far',
    gives: 201
  }
]
const vlanFields = ['mode.value', 'untagged_vlan.vid', 'tagged_vlans.length'] as const

export const guests: readonly Scenario[] = [
  {
    name: 'the disks of a VM make up its disk',
    steps: [
      ...world,
      { ask: `PATCH ${VM}{vm.id}/`, body: { disk: 5000 }, gives: 200, see: ['disk'] },
      {
        ask: `POST ${DISK}`,
        body: [
          { virtual_machine: '$vm.id', name: 'scsi0', size: 8192 },
          { virtual_machine: '$vm.id', name: 'scsi1', size: 1024 }
        ],
        keep: 'disks',
        gives: 201,
        see: ['0.name', '0.size']
      },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['disk', 'virtual_disk_count'] },
      { ask: `PATCH ${VM}{vm.id}/`, body: { disk: 1 }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { disk: 9216 }, gives: 200, see: ['disk'] },
      { ask: `PATCH ${VM}{vm.id}/`, body: { disk: null }, gives: 200, see: ['disk'] },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['disk'] },
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 1 }, gives: 200, see: ['disk'] },
      { ask: `PATCH ${VM}`, body: [{ id: '$vm.id', disk: 2 }], gives: 400 },
      { ask: `PATCH ${DISK}{disks.0.id}/`, body: { size: 1 }, gives: 200, see: ['size'] },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['disk'] },
      {
        ask: `POST ${DISK}`,
        body: { virtual_machine: '$vm.id', name: 'scsi0', size: 1 },
        gives: 400
      },
      { ask: `POST ${DISK}`, body: { virtual_machine: '$vm.id', name: 'a' }, gives: 400 },
      { ask: `POST ${DISK}`, body: { virtual_machine: '$vm.id', name: 'a', size: -1 }, gives: 400 },
      {
        ask: `POST ${DISK}`,
        body: { virtual_machine: '$vm.id', name: 'a', size: 1.5 },
        gives: 400
      },
      { ask: `DELETE ${DISK}{disks.0.id}/`, gives: 204 },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['disk', 'virtual_disk_count'] },
      { ask: `DELETE ${DISK}{disks.1.id}/`, gives: 204 },
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['disk', 'virtual_disk_count'] }
    ]
  },
  {
    name: 'an interface takes a MAC address and makes it its primary one',
    steps: [
      ...world,
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mac_address: 'bc2411aabb01' },
        keep: 'nic',
        gives: 200,
        see: ['mac_address', 'primary_mac_address.mac_address', 'mac_addresses.length']
      },
      {
        ask: `GET ${MAC}`,
        gives: 200,
        see: [
          'count',
          'results.0.mac_address',
          'results.0.assigned_object.name',
          'results.0.is_primary'
        ]
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mac_address: 'BC:24:11:AA:BB:01' },
        gives: 200,
        see: ['mac_address', 'mac_addresses.length']
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mac_address: 'BC:24:11:AA:BB:02' },
        gives: 200,
        see: ['mac_address', 'mac_addresses.length']
      },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mac_address: 'no mac' }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mac_address: '' }, gives: 400 },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: {
          mac_address: 'BC:24:11:AA:BB:03',
          primary_mac_address: '$nic.primary_mac_address.id'
        },
        gives: 400
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net1', mac_address: 'BC:24:11:AA:BB:02' },
        keep: 'nic1',
        gives: 201,
        see: ['mac_address', 'mac_addresses.length']
      },
      { ask: `GET ${NIC}?mac_address=bc:24:11:aa:bb:02`, gives: 200, see: ['count'] },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mac_address: null },
        gives: 200,
        see: ['mac_address', 'mac_addresses.length']
      }
    ]
  },
  {
    name: 'a MAC address that is primary stays where it is',
    steps: [
      ...world,
      { ask: `POST ${MAC}`, body: { mac_address: 'not' }, gives: 400 },
      { ask: `POST ${MAC}`, body: {}, gives: 400 },
      {
        ask: `POST ${MAC}`,
        body: { mac_address: 'bc-24-11-00-00-01' },
        keep: 'free',
        gives: 201,
        see: ['mac_address', 'assigned_object', 'is_primary']
      },
      {
        ask: `POST ${MAC}`,
        body: {
          mac_address: 'BC:24:11:00:00:01',
          assigned_object_type: 'virtualization.vminterface',
          assigned_object_id: '$nic.id'
        },
        keep: 'mac',
        gives: 201,
        see: ['mac_address', 'assigned_object.name']
      },
      {
        ask: `POST ${MAC}`,
        body: {
          mac_address: 'BC:24:11:00:00:02',
          assigned_object_type: 'virtualization.vminterface',
          assigned_object_id: 99999
        },
        gives: 400
      },
      {
        ask: `POST ${MAC}`,
        body: {
          mac_address: 'BC:24:11:00:00:02',
          assigned_object_type: 'dcim.site',
          assigned_object_id: '$site.id'
        },
        gives: 400
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { primary_mac_address: '$mac.id' },
        gives: 200,
        see: ['mac_address']
      },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { primary_mac_address: '$free.id' }, gives: 400 },
      {
        ask: `PATCH ${MAC}{mac.id}/`,
        body: { assigned_object_type: null, assigned_object_id: null },
        gives: 400
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net1' },
        keep: 'nic1',
        gives: 201
      },
      { ask: `PATCH ${MAC}{mac.id}/`, body: { assigned_object_id: '$nic1.id' }, gives: 400 },
      { ask: `PATCH ${NIC}{nic1.id}/`, body: { primary_mac_address: '$mac.id' }, gives: 400 },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net2', primary_mac_address: '$free.id' },
        gives: 201,
        see: ['mac_address']
      },
      { ask: `DELETE ${MAC}{mac.id}/`, gives: 204 },
      { ask: `GET ${NIC}{nic.id}/`, gives: 200, see: ['mac_address', 'primary_mac_address'] }
    ]
  },
  {
    name: 'VLANs on a VM interface follow its mode in silence',
    steps: [
      ...world,
      ...vlans,
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { untagged_vlan: '$ten.id' },
        gives: 200,
        see: vlanFields
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mode: 'access', untagged_vlan: '$ten.id' },
        gives: 200,
        see: vlanFields
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { tagged_vlans: ['$twenty.id'] },
        gives: 200,
        see: vlanFields
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { description: 'saved again' },
        gives: 200,
        see: vlanFields
      },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mode: 'tagged', tagged_vlans: ['$twenty.id'] },
        gives: 200,
        see: vlanFields
      },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mode: null }, gives: 200, see: vlanFields },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mode: 'odd' }, gives: 400 },
      {
        ask: `PATCH ${NIC}{nic.id}/`,
        body: { mode: 'access', untagged_vlan: '$far.id' },
        gives: 400
      },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mode: 'tagged', tagged_vlans: [99999] }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { tagged_vlans: ['ten'] }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { tagged_vlans: [{ vid: 10 }] }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { tagged_vlans: null }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mtu: 0 }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { mtu: 65537 }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { parent: '$nic.id' }, gives: 400 },
      { ask: `PATCH ${NIC}{nic.id}/`, body: { bridge: '$nic.id' }, gives: 400 }
    ]
  },
  {
    name: 'VLANs on a device interface must fit its mode',
    steps: [
      ...world,
      ...hardware,
      ...vlans,
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { untagged_vlan: '$ten.id' },
        gives: 400
      },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { mode: 'access', tagged_vlans: ['$ten.id'] },
        gives: 400
      },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { mode: 'tagged-all', tagged_vlans: ['$ten.id'] },
        gives: 400
      },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { mode: 'tagged', untagged_vlan: '$ten.id', tagged_vlans: ['$twenty.id'] },
        gives: 200,
        see: vlanFields
      },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { untagged_vlan: '$far.id' },
        gives: 400
      },
      { ask: 'PATCH /dcim/interfaces/{port.id}/', body: { mode: null }, gives: 400 },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { mode: null, untagged_vlan: null, tagged_vlans: [] },
        gives: 200,
        see: vlanFields
      },
      { ask: 'PATCH /dcim/interfaces/{port.id}/', body: { type: 'odd' }, gives: 400 },
      {
        ask: 'POST /dcim/interfaces/',
        body: { device: '$device.id', name: 'eno1', type: 'virtual' },
        gives: 400
      },
      { ask: 'POST /dcim/interfaces/', body: { device: '$device.id', name: 'x' }, gives: 400 },
      {
        ask: 'POST /dcim/interfaces/',
        body: { device: '$device.id', name: 'eno1.10', type: 'virtual', parent: '$port.id' },
        keep: 'sub',
        gives: 201,
        see: ['parent.name', 'parent.device.name', 'type.value'],
        compare: 'seen'
      },
      { ask: 'PATCH /dcim/interfaces/{port.id}/', body: { parent: '$sub.id' }, gives: 400 },
      {
        ask: 'PATCH /dcim/interfaces/{port.id}/',
        body: { lag: '$sub.id' },
        gives: 200,
        see: ['lag.name'],
        compare: 'seen'
      },
      { ask: 'PATCH /dcim/interfaces/{port.id}/', body: { lag: '$port.id' }, gives: 400 },
      { ask: 'PATCH /dcim/interfaces/{sub.id}/', body: { lag: '$port.id' }, gives: 400 },
      { ask: 'PATCH /dcim/interfaces/{sub.id}/', body: { parent: '$sub.id' }, gives: 400 },
      { ask: 'PATCH /dcim/interfaces/{port.id}/', body: { bridge: '$port.id' }, gives: 400 },
      { ask: 'DELETE /dcim/interfaces/{port.id}/', gives: 409 }
    ]
  }
]
