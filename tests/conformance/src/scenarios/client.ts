import type { Scenario } from './scenario.ts'
import { hardware, world } from './world.ts'

const VM = '/virtualization/virtual-machines/'
const NIC = '/virtualization/interfaces/'

/** What our own client asks for beyond plain writes: to know whom it talks to, and to read and find at low cost. */
export const client: readonly Scenario[] = [
  {
    name: 'a client learns who it is and what it may do',
    steps: [
      {
        ask: 'GET /status/',
        gives: 200,
        see: ['plugins'],
        compare: 'seen'
      },
      {
        ask: 'GET /authentication-check/',
        keep: 'user',
        gives: 200,
        see: ['groups', 'permissions'],
        compare: 'seen'
      },
      { ask: 'GET /authentication-check/', token: 'unknown', gives: 403 },
      {
        ask: 'GET /users/tokens/?user_id={user.id}&limit=1',
        gives: 200,
        see: ['results.0.version', 'results.0.enabled', 'results.0.expires'],
        compare: 'seen'
      },
      { ask: 'GET /users/permissions/?limit=1', gives: 200, see: ['count', 'results'] },
      {
        ask: `OPTIONS ${VM}`,
        gives: 200,
        see: [
          'name',
          'actions.POST.name.type',
          'actions.POST.name.required',
          'actions.POST.cluster.type',
          'actions.POST.id.read_only',
          'actions.POST.status.choices.0.value'
        ],
        compare: 'seen'
      },
      { ask: `OPTIONS ${VM}`, token: 'read-only', gives: 200, see: ['name'], compare: 'seen' },
      {
        ask: 'GET /',
        gives: 200,
        see: ['dcim', 'extras', 'ipam', 'virtualization', 'users'],
        compare: 'seen'
      }
    ]
  },
  {
    name: 'lists and writes leave out what is dear',
    steps: [
      ...world,
      {
        ask: `GET ${VM}?exclude=config_context`,
        gives: 200,
        see: ['count', 'results.0.config_context']
      },
      {
        ask: `GET ${VM}?omit=config_context`,
        gives: 200,
        see: ['count', 'results.0.config_context', 'results.0.name']
      },
      {
        ask: `GET ${VM}?fields=id,display,name,cluster,custom_fields,tags&id={vm.id}&ordering=id`,
        gives: 200,
        see: ['results.0.name', 'results.0.cluster.name', 'results.0.memory']
      },
      {
        ask: `POST ${VM}?omit=config_context,interface_count,virtual_disk_count`,
        body: [{ name: 'db', cluster: '$cluster.id', changelog_message: 'run 1' }],
        keep: 'made',
        gives: 201,
        see: ['0.name', '0.interface_count', '0.config_context']
      },
      {
        ask: `PATCH ${VM}?omit=memory`,
        body: [{ id: '$made.0.id', memory: 5, vcpus: 2 }],
        gives: 200,
        see: ['0.memory', '0.vcpus']
      },
      {
        ask: `PATCH ${VM}?fields=id,name`,
        body: [{ id: '$made.0.id', name: 'db2', vcpus: 3 }],
        gives: 200,
        see: ['0.name', '0.vcpus']
      },
      { ask: `GET ${VM}{made.0.id}/`, gives: 200, see: ['name', 'memory', 'vcpus'] },
      {
        ask: `POST ${VM}?brief=true`,
        body: { name: 'brief', cluster: '$cluster.id', memory: 7 },
        keep: 'brief',
        gives: 201,
        see: ['name', 'memory']
      },
      { ask: `GET ${VM}{brief.id}/`, gives: 200, see: ['name', 'memory'] }
    ]
  },
  {
    name: 'objects are found again by their natural names',
    steps: [
      ...world,
      ...hardware,
      { ask: `GET ${VM}?name=web&name=none&cluster_id={cluster.id}`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?name=WEB`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?name__ie=WEB`, gives: 200, see: ['count'] },
      {
        ask: `GET ${NIC}?name=net0&virtual_machine_id={vm.id}`,
        gives: 200,
        see: ['count', 'results.0.name']
      },
      { ask: `GET ${NIC}?name=NET0&virtual_machine_id={vm.id}`, gives: 200, see: ['count'] },
      { ask: 'GET /dcim/devices/?name=PVE1&site_id={site.id}', gives: 200, see: ['count'] },
      { ask: 'GET /dcim/interfaces/?name=eno1&device_id={device.id}', gives: 200, see: ['count'] },
      { ask: 'GET /dcim/mac-addresses/?mac_address=odd', gives: 400 },
      {
        ask: 'GET /dcim/mac-addresses/?mac_address=BC:24:11:00:00:01',
        gives: 200,
        see: ['count']
      },
      {
        ask: 'GET /dcim/device-types/?model=node&manufacturer_id={maker.id}',
        gives: 200,
        see: ['count']
      },
      { ask: 'GET /extras/tags/?slug=one&slug=two', gives: 200, see: ['count'] },
      { ask: 'GET /ipam/vlans/?vid=10&vid=x', gives: 400 },
      { ask: 'GET /ipam/vlans/?vid=10&site_id=null', gives: 200, see: ['count'] },
      { ask: 'GET /virtualization/virtual-disks/?virtual_machine_id=99999', gives: 400 },
      {
        ask: 'GET /virtualization/clusters/?name=lab&type_id={type.id}',
        gives: 200,
        see: ['count']
      },
      { ask: `GET ${VM}?tag=one&cluster_id={cluster.id}`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?id={vm.id}&id=99999`, gives: 200, see: ['count'] }
    ]
  },
  {
    name: 'kinds of custom fields check their values',
    steps: [
      ...world,
      {
        ask: 'POST /extras/custom-field-choice-sets/',
        body: {
          name: 'kinds',
          extra_choices: [
            ['qemu', 'QEMU'],
            ['lxc', 'LXC']
          ]
        },
        keep: 'kinds',
        gives: 201,
        see: ['name', 'extra_choices', 'choices_count']
      },
      {
        ask: 'POST /extras/custom-fields/',
        body: [
          {
            name: 'kind',
            type: 'select',
            choice_set: '$kinds.id',
            object_types: ['virtualization.virtualmachine']
          },
          { name: 'seen', type: 'datetime', object_types: ['virtualization.virtualmachine'] },
          { name: 'day', type: 'date', object_types: ['virtualization.virtualmachine'] },
          { name: 'on', type: 'boolean', object_types: ['virtualization.virtualmachine'] },
          { name: 'data', type: 'json', object_types: ['virtualization.virtualmachine'] },
          { name: 'link', type: 'url', object_types: ['virtualization.virtualmachine'] },
          { name: 'share', type: 'decimal', object_types: ['virtualization.virtualmachine'] }
        ],
        gives: 201,
        see: ['length', '0.type.value', '0.choice_set.name']
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: {
          custom_fields: {
            kind: 'qemu',
            seen: '2026-01-02T03:04:05Z',
            day: '2026-01-02',
            on: true,
            data: { a: [1] },
            link: 'https://pve.example:8006/#v1',
            share: 1.5
          }
        },
        gives: 200,
        see: ['custom_fields']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { kind: 'odd' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { seen: 'yesterday' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { day: '2026-13-01' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { on: 'maybe' } }, gives: 400 },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { custom_fields: { link: 'pve.example/a' } },
        gives: 200,
        see: ['custom_fields.link']
      },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { link: 7 } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { day: '2026-1-1' } }, gives: 400 },
      { ask: `PATCH ${VM}{vm.id}/`, body: { custom_fields: { share: 'half' } }, gives: 400 },
      { ask: `GET ${VM}?cf_kind=qemu`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?cf_on=true`, gives: 200, see: ['count'] },
      { ask: `GET ${VM}?cf_link__ic=pve`, gives: 200, see: ['count'] },
      {
        ask: 'POST /extras/custom-field-choice-sets/',
        body: { name: 'kinds', extra_choices: [['a', 'A']] },
        gives: 400
      },
      { ask: 'DELETE /extras/custom-field-choice-sets/{kinds.id}/', gives: 409 }
    ]
  },
  {
    name: 'If-Match names one state or several, for one object or a list',
    steps: [
      ...world,
      { ask: `GET ${VM}{vm.id}/`, keep: 'now', gives: 200, see: ['name'] },
      {
        ask: `PATCH ${VM}`,
        body: [{ id: '$vm.id', memory: 1 }],
        headers: { 'if-match': 'W/"old"' },
        gives: 412
      },
      {
        ask: `DELETE ${VM}`,
        body: [{ id: '$vm.id' }],
        headers: { 'if-match': 'W/"old"' },
        gives: 412
      },
      {
        ask: `PATCH ${VM}{vm.id}/`,
        body: { status: 'bad' },
        headers: { 'if-match': 'W/"old"' },
        gives: 412
      },
      {
        ask: `PATCH ${VM}`,
        body: [{ id: '$vm.id', memory: 2 }],
        headers: { 'if-match': '*' },
        gives: 200,
        see: ['0.memory']
      },
      { ask: `DELETE ${VM}{vm.id}/`, headers: { 'if-match': '*' }, gives: 204 }
    ]
  }
]
