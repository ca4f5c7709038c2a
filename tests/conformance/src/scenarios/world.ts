import type { Step } from './scenario.ts'

/** What most scenarios need to be there: a cluster with a VM and its interface, a device with its own, and what these need. */
export const world: readonly Step[] = [
  { ask: 'POST /extras/tags/', body: { name: 'one', slug: 'one' }, keep: 'one', gives: 201 },
  { ask: 'POST /extras/tags/', body: { name: 'two', slug: 'two' }, keep: 'two', gives: 201 },
  { ask: 'POST /dcim/sites/', body: { name: 'north', slug: 'north' }, keep: 'site', gives: 201 },
  { ask: 'POST /dcim/sites/', body: { name: 'south', slug: 'south' }, keep: 'site2', gives: 201 },
  {
    ask: 'POST /virtualization/cluster-types/',
    body: { name: 'proxmox', slug: 'proxmox' },
    keep: 'type',
    gives: 201
  },
  {
    ask: 'POST /virtualization/clusters/',
    body: { name: 'lab', type: '$type.id' },
    keep: 'cluster',
    gives: 201
  },
  {
    ask: 'POST /virtualization/virtual-machines/',
    body: { name: 'web', cluster: '$cluster.id' },
    keep: 'vm',
    gives: 201
  },
  {
    ask: 'POST /virtualization/interfaces/',
    body: { virtual_machine: '$vm.id', name: 'net0' },
    keep: 'nic',
    gives: 201
  }
]

export const hardware: readonly Step[] = [
  {
    ask: 'POST /dcim/manufacturers/',
    body: { name: 'acme', slug: 'acme' },
    keep: 'maker',
    gives: 201
  },
  {
    ask: 'POST /dcim/device-types/',
    body: { manufacturer: '$maker.id', model: 'node', slug: 'node' },
    keep: 'model',
    gives: 201
  },
  {
    ask: 'POST /dcim/device-roles/',
    body: { name: 'host', slug: 'host' },
    keep: 'role',
    gives: 201
  },
  {
    ask: 'POST /dcim/devices/',
    body: { name: 'pve1', device_type: '$model.id', role: '$role.id', site: '$site.id' },
    keep: 'device',
    gives: 201
  },
  {
    ask: 'POST /dcim/interfaces/',
    body: { device: '$device.id', name: 'eno1', type: '1000base-t' },
    keep: 'port',
    gives: 201
  }
]
