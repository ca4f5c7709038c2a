import { FIELDS, made, ours, VM, vmWith } from './custom-field-steps.ts'
import type { Scenario } from './scenario.ts'
import { hardware, world } from './world.ts'

const NIC = '/virtualization/interfaces/'

/** When NetBox refuses an object because of a custom field that is required. */
export const requiredFields: readonly Scenario[] = [
  {
    name: 'a required custom field: a create that names any of them must name it',
    steps: [
      ...world,
      ours,
      made({ name: 'owner', type: 'text', required: true, default: 'ops' }, 'owner'),
      { ask: `GET ${VM}{vm.id}/`, gives: 200, see: ['custom_fields'] },
      vmWith('silent', 201),
      vmWith('empty', 400, {}),
      vmWith('some', 400, { ours: 'x' }),
      vmWith('nothing', 400, { ours: 'x', owner: null }),
      vmWith('blank', 400, { ours: 'x', owner: '' }),
      vmWith('all', 201, { ours: 'x', owner: 'ops' }),
      vmWith('only', 201, { owner: 'sec' }),
      {
        ask: `POST ${VM}`,
        body: [
          { name: 'a', cluster: '$cluster.id' },
          { name: 'b', cluster: '$cluster.id', custom_fields: { ours: 'x' } }
        ],
        gives: 400
      },
      {
        ask: `POST ${VM}?omit=custom_fields`,
        body: { name: 'cut', cluster: '$cluster.id', custom_fields: { owner: 'x' } },
        gives: 400
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { ours: 'y' } },
        gives: 200,
        see: ['custom_fields']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { owner: null } }, gives: 400 },
      { ask: `PATCH ${FIELDS}{owner.id}/`, body: { default: 'sec' }, gives: 200, see: ['default'] },
      vmWith('later', 201),
      { ask: `PATCH ${FIELDS}{owner.id}/`, body: { default: null }, gives: 200, see: ['default'] },
      vmWith('silent 2', 400),
      vmWith('some 2', 400, { ours: 'x' }),
      vmWith('all 2', 201, { ours: 'x', owner: 'ops' }),
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 5 }, gives: 200, see: ['custom_fields'] },
      { ask: `PATCH ${FIELDS}{owner.id}/`, body: { required: false }, gives: 200 },
      vmWith('some 3', 201, { ours: 'x' })
    ]
  },
  {
    name: 'a required custom field that came later, without a default, refuses every update',
    steps: [
      ...world,
      ours,
      made({ name: 'owner', type: 'text', required: true }, 'owner'),
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 5 }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { ours: 'y' } }, gives: 400 },
      { ask: `PATCH ${FIELDS}{owner.id}/`, body: { default: 'ops' }, gives: 200 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 6 }, gives: 400 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { owner: 'me' } },
        gives: 200,
        see: ['custom_fields']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 7 }, gives: 200, see: ['custom_fields'] }
    ]
  },
  {
    name: 'required custom fields of interfaces, addresses, MACs, disks, devices and clusters',
    steps: [
      ...world,
      ...hardware,
      {
        ask: `POST ${FIELDS}`,
        body: {
          name: 'owner',
          type: 'text',
          required: true,
          default: 'ops',
          object_types: [
            'virtualization.vminterface',
            'virtualization.virtualdisk',
            'virtualization.cluster',
            'dcim.device',
            'dcim.interface',
            'dcim.macaddress',
            'ipam.ipaddress'
          ]
        },
        keep: 'owner',
        gives: 201,
        see: ['name'],
        compare: 'seen'
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net1' },
        gives: 201,
        see: ['custom_fields']
      },
      // The MAC that an interface makes is asked for what it has no way to say, default or not.
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net2', mac_address: 'BC:24:11:00:00:11' },
        gives: 400
      },
      {
        ask: `POST ${NIC}`,
        body: {
          virtual_machine: '$vm.id',
          name: 'net2',
          mac_address: 'BC:24:11:00:00:11',
          custom_fields: { owner: 'ops' }
        },
        gives: 400
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net2', custom_fields: {} },
        gives: 400
      },
      {
        ask: 'POST /virtualization/virtual-disks/',
        body: { virtual_machine: '$vm.id', name: 'scsi0', size: 5 },
        gives: 201,
        see: ['custom_fields']
      },
      {
        ask: 'POST /ipam/ip-addresses/',
        body: { address: '10.9.8.7/24' },
        gives: 201,
        see: ['custom_fields']
      },
      {
        ask: 'POST /dcim/mac-addresses/',
        body: { mac_address: 'BC:24:11:00:00:12' },
        keep: 'mac',
        gives: 201,
        see: ['custom_fields']
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net5', primary_mac_address: '$mac.id' },
        gives: 201,
        see: ['custom_fields', 'mac_address']
      },
      {
        ask: 'POST /dcim/interfaces/',
        body: { device: '$device.id', name: 'eno2', type: 'other', custom_fields: {} },
        gives: 400
      },
      {
        ask: 'POST /virtualization/clusters/',
        body: { name: 'other', type: '$type.id', custom_fields: {} },
        gives: 400
      },
      {
        ask: 'POST /dcim/devices/',
        body: {
          name: 'pve2',
          device_type: '$model.id',
          role: '$role.id',
          site: '$site.id',
          custom_fields: {}
        },
        gives: 400
      },
      {
        ask: `PATCH ${FIELDS}{owner.id}/`,
        body: { default: null },
        gives: 200,
        see: ['default'],
        compare: 'seen'
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net3' },
        gives: 400
      },
      {
        ask: `PATCH ${FIELDS}{owner.id}/`,
        body: { object_types: ['dcim.macaddress'] },
        gives: 200
      },
      {
        ask: `POST ${NIC}`,
        body: { virtual_machine: '$vm.id', name: 'net4', mac_address: 'BC:24:11:00:00:14' },
        gives: 400
      }
    ]
  }
]
