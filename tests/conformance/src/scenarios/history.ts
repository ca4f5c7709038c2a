import type { Scenario } from './scenario.ts'
import { hardware, world } from './world.ts'

const VM = '/virtualization/virtual-machines/'
const CHANGES = '/core/object-changes/'
const REQUEST = '11111111-2222-4333-8444-555555555555'

const change = [
  'count',
  'results.0.action.value',
  'results.0.changed_object_type',
  'results.0.object_repr',
  'results.0.message',
  'results.0.prechange_data.memory',
  'results.0.postchange_data.memory'
] as const

export const history: readonly Scenario[] = [
  {
    name: 'a VM takes along what hangs on it',
    steps: [
      ...world,
      {
        ask: 'POST /virtualization/virtual-disks/',
        body: { virtual_machine: '$vm.id', name: 'scsi0', size: 1 },
        gives: 201
      },
      {
        ask: 'PATCH /virtualization/interfaces/{nic.id}/',
        body: { mac_address: 'BC:24:11:00:00:01' },
        gives: 200
      },
      {
        ask: 'POST /ipam/ip-addresses/',
        body: {
          address: '10.0.0.5/24',
          assigned_object_type: 'virtualization.vminterface',
          assigned_object_id: '$nic.id'
        },
        keep: 'ip',
        gives: 201
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { primary_ip4: '$ip.id' }, gives: 200 },
      {
        ask: 'POST /extras/journal-entries/',
        body: {
          assigned_object_type: 'virtualization.virtualmachine',
          assigned_object_id: '$vm.id',
          comments: 'seen'
        },
        gives: 201,
        see: ['kind.value', 'comments', 'assigned_object.name']
      },
      { ask: `DELETE ${VM}{vm.id}/`, gives: 204 },
      { ask: 'GET /virtualization/interfaces/', gives: 200, see: ['count'] },
      { ask: 'GET /virtualization/virtual-disks/', gives: 200, see: ['count'] },
      { ask: 'GET /ipam/ip-addresses/', gives: 200, see: ['count'] },
      { ask: 'GET /dcim/mac-addresses/', gives: 200, see: ['count'] },
      { ask: 'GET /extras/journal-entries/', gives: 200, see: ['count'] }
    ]
  },
  {
    name: 'what others depend on is not deleted',
    steps: [
      ...world,
      ...hardware,
      { ask: 'DELETE /virtualization/clusters/{cluster.id}/', gives: 409 },
      { ask: 'DELETE /virtualization/cluster-types/{type.id}/', gives: 409 },
      { ask: 'DELETE /dcim/sites/{site.id}/', gives: 409 },
      { ask: 'DELETE /dcim/manufacturers/{maker.id}/', gives: 409 },
      { ask: 'DELETE /dcim/device-roles/{role.id}/', gives: 409 },
      {
        ask: 'DELETE /virtualization/clusters/',
        body: [{ id: '$cluster.id' }],
        gives: 409
      },
      { ask: 'DELETE /dcim/devices/{device.id}/', gives: 204 },
      { ask: 'DELETE /dcim/sites/{site.id}/', gives: 204 },
      { ask: `DELETE ${VM}{vm.id}/`, gives: 204 },
      { ask: 'DELETE /virtualization/clusters/{cluster.id}/', gives: 204 },
      { ask: 'DELETE /virtualization/cluster-types/{type.id}/', gives: 204 }
    ]
  },
  {
    name: 'every change is written down, with its request and message',
    steps: [
      ...world,
      {
        ask: `GET ${CHANGES}?changed_object_type=virtualization.virtualmachine`,
        gives: 200,
        see: change,
        compare: 'seen'
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { memory: 512, changelog_message: 'from the lab' },
        headers: { 'x-request-id': REQUEST },
        gives: 200,
        seeHeaders: ['x-request-id']
      },
      {
        ask: `GET ${CHANGES}?changed_object_id={vm.id}&changed_object_type=virtualization.virtualmachine&ordering=-time`,
        gives: 200,
        see: change,
        compare: 'seen'
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { memory: 512 }, gives: 200 },
      {
        ask: `PATCH ${VM}`,
        body: [{ id: '$vm.id', memory: 1024, changelog_message: 'in bulk' }],
        gives: 200
      },
      {
        ask: `GET ${CHANGES}?changed_object_id={vm.id}&changed_object_type=virtualization.virtualmachine&ordering=-time`,
        gives: 200,
        see: change,
        compare: 'seen'
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { memory: 1, changelog_message: 'm'.repeat(201) },
        gives: 500
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { memory: 1, changelog_message: 7 },
        gives: 200
      },
      {
        ask: `DELETE ${VM}`,
        body: [{ id: '$vm.id', changelog_message: 'gone' }],
        gives: 204
      },
      {
        ask: `GET ${CHANGES}?changed_object_id={vm.id}&changed_object_type=virtualization.virtualmachine&ordering=-time`,
        gives: 200,
        see: change,
        compare: 'seen'
      },
      {
        ask: `GET ${CHANGES}?action=delete&ordering=-id`,
        gives: 200,
        see: ['count', 'results.0.changed_object_type', 'results.1.changed_object_type'],
        compare: 'seen'
      },
      { ask: `POST ${CHANGES}`, body: {}, gives: 405 }
    ]
  }
]
