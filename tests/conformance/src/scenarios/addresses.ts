import type { Scenario, Step } from './scenario.ts'
import { hardware, world } from './world.ts'

const IP = '/ipam/ip-addresses/'
const VM = '/virtualization/virtual-machines/'

const onNic = {
  assigned_object_type: 'virtualization.vminterface',
  assigned_object_id: '$nic.id'
} as const

const address: Step = {
  ask: `POST ${IP}`,
  body: { address: '10.0.0.5/24', ...onNic },
  keep: 'ip',
  gives: 201,
  see: ['address', 'family.value', 'status.value', 'assigned_object.name', 'dns_name']
}

export const addresses: readonly Scenario[] = [
  {
    name: 'an address is one host, whatever its mask',
    steps: [
      ...world,
      address,
      { ask: `POST ${IP}`, body: { address: '10.0.0.5/24' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.5/32' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.5/24', role: 'vip' }, gives: 400 },
      {
        ask: `POST ${IP}`,
        body: [{ address: '10.0.0.6/24' }, { address: '10.0.0.6/24' }],
        gives: 400
      },
      { ask: `GET ${IP}?address=10.0.0.6`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?address=10.0.0.5`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?parent=10.0.0.0/24`, gives: 200, see: ['count'] },
      {
        ask: `POST ${IP}`,
        body: [
          { address: '10.0.0.7/24', role: 'vip' },
          { address: '10.0.0.7/24', role: 'anycast' }
        ],
        gives: 201,
        see: ['length']
      },
      { ask: 'POST /ipam/vrfs/', body: { name: 'inner' }, keep: 'vrf', gives: 201 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.5/24', vrf: '$vrf.id' }, gives: 201 }
    ]
  },
  {
    name: 'what is no host address is refused',
    steps: [
      ...world,
      { ask: `POST ${IP}`, body: { address: '10.0.0.0/24', ...onNic }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.255/24', ...onNic }, gives: 400 },
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.0/31', ...onNic },
        gives: 201,
        see: ['address']
      },
      { ask: `POST ${IP}`, body: { address: '10.0.1.0/24' }, gives: 201, see: ['address'] },
      { ask: `POST ${IP}`, body: { address: 'fd00::/64', ...onNic }, gives: 400 },
      {
        ask: `POST ${IP}`,
        body: { address: 'FD00:0:0::5/64', ...onNic },
        gives: 201,
        see: ['address', 'family.value']
      },
      { ask: `POST ${IP}`, body: { address: '10.0.0.9/0' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.9' }, gives: 201, see: ['address'] },
      { ask: `POST ${IP}`, body: { address: '10.0.0.300/24' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.9/33' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '' }, gives: 400 },
      { ask: `POST ${IP}`, body: {}, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.10/24', status: 'slaac' }, gives: 400 },
      { ask: `POST ${IP}`, body: { address: '10.0.0.10/24', role: 'odd' }, gives: 400 }
    ]
  },
  {
    name: 'DNS names are lower case and of a few letters',
    steps: [
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.5/24', dns_name: 'Web.Example.COM' },
        keep: 'ip',
        gives: 201,
        see: ['dns_name']
      },
      { ask: `PATCH ${IP}{ip.id}/`, body: { dns_name: 'a b' }, gives: 400 },
      { ask: `PATCH ${IP}{ip.id}/`, body: { dns_name: 'ä.example' }, gives: 400 },
      {
        ask: `PATCH ${IP}{ip.id}/`,
        body: { dns_name: '*.example' },
        gives: 200,
        see: ['dns_name']
      },
      { ask: `PATCH ${IP}{ip.id}/`, body: { dns_name: 'a'.repeat(256) }, gives: 400 },
      { ask: `PATCH ${IP}{ip.id}/`, body: { dns_name: '' }, gives: 200, see: ['dns_name'] }
    ]
  },
  {
    name: 'the primary address of a VM is on one of its interfaces and stays there',
    steps: [
      ...world,
      address,
      {
        ask: `POST ${VM}`,
        body: { name: 'db', cluster: '$cluster.id' },
        keep: 'db',
        gives: 201
      },
      {
        ask: 'POST /virtualization/interfaces/',
        body: { virtual_machine: '$db.id', name: 'net0' },
        keep: 'dbnic',
        gives: 201
      },
      {
        ask: `POST ${IP}`,
        body: { address: 'fd00::5/64', ...onNic },
        keep: 'ip6',
        gives: 201
      },
      { ask: `POST ${IP}`, body: { address: '10.0.0.8/24' }, keep: 'free', gives: 201 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip4: '$ip6.id' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip6: '$ip.id' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip4: '$free.id' }, gives: 400 },
      { ask: `PATCH ${VM}{db.id}/`, body: { primary_ip4: '$ip.id' }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip4: 99999 }, gives: 400 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { primary_ip4: '$ip.id', primary_ip6: '$ip6.id' },
        gives: 200,
        see: ['primary_ip4.address', 'primary_ip6.address', 'primary_ip.address']
      },
      { ask: `PATCH ${IP}{ip.id}/`, body: { assigned_object_id: '$dbnic.id' }, gives: 400 },
      {
        ask: `PATCH ${IP}{ip.id}/`,
        body: { assigned_object_type: null, assigned_object_id: null },
        gives: 400
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip4: null }, gives: 200, see: ['primary_ip4'] },
      {
        ask: `PATCH ${IP}{ip.id}/`,
        body: { assigned_object_id: '$dbnic.id' },
        gives: 200,
        see: ['assigned_object.name', 'assigned_object.virtual_machine.name']
      },
      {
        ask: `PATCH ${VM}{db.id}/`,
        body: { primary_ip4: '$ip.id' },
        gives: 200,
        see: ['primary_ip4.address']
      },
      { ask: `DELETE ${IP}{ip.id}/`, gives: 204 },
      { ask: `GET ${VM}{db.id}/`, gives: 200, see: ['primary_ip4', 'primary_ip'] }
    ]
  },
  {
    name: 'an address is assigned to an interface that exists, or to none',
    steps: [
      ...world,
      ...hardware,
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.5/24', ...onNic, assigned_object_id: 99999 },
        gives: 400
      },
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.5/24', assigned_object_type: 'dcim.site', assigned_object_id: 1 },
        gives: 400
      },
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.5/24', assigned_object_type: 'odd', assigned_object_id: 1 },
        gives: 400
      },
      {
        ask: `POST ${IP}`,
        body: { address: '10.0.0.5/24', assigned_object_id: '$nic.id' },
        gives: 400
      },
      {
        ask: `POST ${IP}`,
        body: {
          address: '10.0.0.6/24',
          assigned_object_type: 'dcim.interface',
          assigned_object_id: '$port.id'
        },
        keep: 'ip',
        gives: 201,
        see: ['assigned_object.name', 'assigned_object.device.name']
      },
      {
        ask: 'PATCH /dcim/devices/{device.id}/',
        body: { primary_ip4: '$ip.id' },
        gives: 200,
        see: ['primary_ip4.address']
      },
      { ask: 'PATCH /dcim/devices/{device.id}/', body: { oob_ip: '$ip.id' }, gives: 200 },
      { ask: `PATCH ${IP}{ip.id}/`, body: { ...onNic }, gives: 400 },
      { ask: `GET ${IP}?device=pve1`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?device=web`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?virtual_machine=web`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?assigned_to_interface=true`, gives: 200, see: ['count'] },
      { ask: `GET ${IP}?vminterface_id={nic.id}`, gives: 200, see: ['count'] }
    ]
  },
  {
    name: 'prefixes and VLANs have their own rules',
    steps: [
      ...world,
      {
        ask: 'POST /ipam/prefixes/',
        body: { prefix: '10.1.0.0/16' },
        gives: 201,
        see: ['prefix', 'family.value', 'status.value', 'scope_type']
      },
      { ask: 'POST /ipam/prefixes/', body: { prefix: '10.1.0.0/16' }, gives: 400 },
      { ask: 'POST /ipam/prefixes/', body: { prefix: '10.1.2.3/16' }, gives: 400 },
      { ask: 'POST /ipam/prefixes/', body: { prefix: '' }, gives: 400 },
      {
        ask: 'POST /ipam/prefixes/',
        body: { prefix: '10.2.0.0/16', scope_type: 'dcim.site' },
        gives: 400
      },
      { ask: 'POST /ipam/prefixes/', body: { prefix: '0.0.0.0/0' }, gives: 400 },
      { ask: 'POST /ipam/prefixes/', body: { prefix: 'odd' }, gives: 400 },
      { ask: 'POST /ipam/vlans/', body: { vid: 0, name: 'a' }, gives: 400 },
      { ask: 'POST /ipam/vlans/', body: { vid: 4095, name: 'a' }, gives: 400 },
      { ask: 'POST /ipam/vlans/', body: { name: 'a' }, gives: 400 },
      {
        ask: 'POST /ipam/vlan-groups/',
        body: { name: 'g', slug: 'g', vid_ranges: [[10, 20]] },
        keep: 'group',
        gives: 201,
        see: ['vid_ranges', 'name']
      },
      {
        ask: 'POST /ipam/vlans/',
        body: { vid: 10, name: 'ten', group: '$group.id' },
        gives: 201,
        see: ['vid', 'group.name', 'status.value']
      },
      { ask: 'POST /ipam/vlans/', body: { vid: 10, name: 'x', group: '$group.id' }, gives: 400 },
      { ask: 'POST /ipam/vlans/', body: { vid: 11, name: 'ten', group: '$group.id' }, gives: 400 },
      { ask: 'POST /ipam/vlans/', body: { vid: 30, name: 'x', group: '$group.id' }, gives: 400 }
    ]
  }
]
