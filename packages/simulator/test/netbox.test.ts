import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { createNetBox, type NetBoxState, type NetBoxVersion } from '../src/netbox/index.ts'

type Json = Record<string, unknown>
const VM = '/virtualization/virtual-machines/'
const VMI = '/virtualization/interfaces/'
const IP = '/ipam/ip-addresses/'

function open(version: NetBoxVersion = '4.7.3', maxPageSize = 1000) {
  const state = createNetBox({ version, maxPageSize })
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ) => {
    const answer = state.handle({ method, path: `/api${path}`, body, headers })
    // Every body of the API that these tests ask for is an object or a list of them.
    return { status: answer.status, body: answer.body as Json, headers: answer.headers }
  }
  const make = (path: string, body: Json): Json => {
    const { status, body: made } = ask('POST', path, body)
    if (status !== 201) throw new Error(JSON.stringify(made))
    return made
  }
  const type = make('/virtualization/cluster-types/', { name: 'pve', slug: 'pve' })
  const cluster = make('/virtualization/clusters/', { name: 'c1', type: type.id })
  const vm = make(VM, { name: 'vm1', cluster: cluster.id })
  const nic = make(VMI, { virtual_machine: vm.id, name: 'net0' })
  return { state, ask, make, cluster, vm, nic }
}

t.test('a dump restores everything, and clones are independent', async (t) => {
  const { state, ask, vm } = open()
  const copy = state.clone()
  t.same(copy.dump(), state.dump())
  t.same(copy.canonical(), state.canonical())
  ask('DELETE', `${VM}${vm.id}/`)
  t.not(copy.canonical()['virtualization.virtualmachine']?.length, 0)
  t.equal(state.dump()['virtualization.vminterface']?.length, 0)
})

const write = fc.oneof(
  fc.record({
    kind: fc.constant('vm'),
    name: fc.constantFrom('a', 'A', 'b ', 'c'),
    tenant: fc.boolean()
  }),
  fc.record({
    kind: fc.constant('nic'),
    name: fc.constantFrom('net0', 'NET0', 'net1'),
    vm: fc.nat(5)
  }),
  fc.record({
    kind: fc.constant('ip'),
    host: fc.integer({ min: 1, max: 3 }),
    bits: fc.constantFrom(24, 32)
  }),
  fc.record({
    kind: fc.constant('disk'),
    size: fc.nat(50),
    vm: fc.nat(5),
    name: fc.constantFrom('a', 'b')
  }),
  fc.record({ kind: fc.constant('rename'), vm: fc.nat(5), name: fc.constantFrom('a', 'b', 'B') }),
  fc.record({ kind: fc.constant('delete'), vm: fc.nat(5) })
)

function apply(world: ReturnType<typeof open>, tenant: unknown, step: Json): number {
  const { ask, cluster } = world
  switch (step.kind) {
    case 'vm':
      return ask('POST', VM, [
        { name: step.name, cluster: cluster.id, tenant: step.tenant ? tenant : null }
      ]).status
    case 'nic':
      return ask('POST', VMI, {
        virtual_machine: step.vm,
        name: step.name,
        mac_address: '02:00:00:00:00:01'
      }).status
    case 'ip':
      return ask('POST', IP, { address: `10.0.0.${step.host}/${step.bits}` }).status
    case 'disk':
      return ask('POST', '/virtualization/virtual-disks/', {
        virtual_machine: step.vm,
        name: step.name,
        size: step.size
      }).status
    case 'rename':
      return ask('PATCH', VM, [{ id: step.vm, name: step.name }]).status
    default:
      return ask('DELETE', VM, [{ id: step.vm }]).status
  }
}

function twins(state: NetBoxState, model: string, key: (row: Json) => string): number {
  const rows = state.dump()[model] ?? []
  return rows.length - new Set(rows.map((row) => key(row))).size
}

t.test(
  'whatever is written, nothing is there twice, sums add up and a refusal changes nothing',
  async () => {
    fc.assert(
      fc.property(
        fc.constantFrom<NetBoxVersion>('4.5.9', '4.6.8', '4.7.3'),
        fc.array(write, { maxLength: 30 }),
        (version, steps) => {
          const world = open(version)
          const { state } = world
          const tenant = world.make('/tenancy/tenants/', { name: 't', slug: 't' }).id
          for (const step of steps) {
            const before = state.dump()
            const status = apply(world, tenant, step)
            if (status >= 400 && JSON.stringify(before) !== JSON.stringify(state.dump()))
              return false
          }
          const dump = state.dump()
          const sums = (dump['virtualization.virtualmachine'] ?? []).every((vm) => {
            const disks = (dump['virtualization.virtualdisk'] ?? []).filter(
              (one) => one.virtual_machine === vm.id
            )
            return (vm.disk ?? 0) === disks.reduce((sum, one) => sum + Number(one.size), 0)
          })
          const orphans = (dump['dcim.macaddress'] ?? []).filter(
            (mac) =>
              !dump['virtualization.vminterface']?.some((nic) => nic.id === mac.assigned_object_id)
          )
          return (
            sums &&
            orphans.length === 0 &&
            twins(
              state,
              'virtualization.virtualmachine',
              (row) => `${String(row.name).toLowerCase()}/${row.tenant}`
            ) === 0 &&
            twins(
              state,
              'virtualization.vminterface',
              (row) => `${row.virtual_machine}/${row.name}`
            ) === 0 &&
            twins(state, 'ipam.ipaddress', (row) => String(row.address).split('/')[0] ?? '') ===
              0 &&
            JSON.stringify(state.clone().dump()) === JSON.stringify(dump)
          )
        }
      ),
      { numRuns: 60 }
    )
  }
)

t.test('one bad object refuses the whole list, told in the words of the version', async (t) => {
  const bad = (id: unknown) => [
    { name: 'x', cluster: id },
    { name: 'VM1', cluster: id }
  ]
  const unique = 'Virtual machine name must be unique per cluster and tenant.'
  for (const version of ['4.5.9', '4.6.8', '4.7.3'] as const) {
    const { ask, cluster, state, vm } = open(version)
    const before = state.dump()
    const isNew = version === '4.7.3'
    const created = ask('POST', VM, bad(cluster.id))
    t.equal(created.status, 400)
    t.same(
      created.body,
      isNew
        ? {
            detail: '1 of 2 objects could not be created.',
            errors: [{ index: 1, errors: { __all__: [unique] } }]
          }
        : [{}, { __all__: [unique] }]
    )
    const twice = ask('POST', VM, [
      { name: 'y', cluster: cluster.id },
      { name: 'Y', cluster: cluster.id }
    ])
    t.equal(twice.status, isNew ? 400 : 500, 'duplicates inside a batch')
    if (!isNew) t.match(twice.body, { exception: 'IntegrityError' })
    const unknown = ask('PATCH', VM, [{ id: 99, name: 'z' }])
    t.equal(unknown.status, isNew ? 400 : 200, 'unknown ids in an update')
    t.equal(ask('DELETE', VM, [{ id: 99 }]).status, isNew ? 400 : 204, 'unknown ids in a delete')
    const wrong = ask('PATCH', VM, [{ id: vm.id, memory: 'x' }])
    const memory = ['A valid integer is required.']
    t.same(
      wrong.body,
      isNew
        ? {
            detail: '1 of 1 objects could not be updated.',
            errors: [{ id: vm.id, errors: { memory } }]
          }
        : { memory }
    )
    t.same(state.dump(), before)
  }
})

t.test('single objects: status and errors as NetBox 4.7.3 answers them', async (t) => {
  const { ask, make, cluster, vm, nic } = open()
  make('/virtualization/virtual-disks/', { virtual_machine: vm.id, name: 'scsi0', size: 10 })
  make(IP, {
    address: '10.0.0.5/24',
    assigned_object_type: 'virtualization.vminterface',
    assigned_object_id: nic.id
  })
  const assigned = {
    assigned_object_type: 'virtualization.vminterface',
    assigned_object_id: nic.id
  }
  const cases: [string, string, Json, number, Json][] = [
    ['POST', VM, {}, 400, { name: ['This field is required.'] }],
    [
      'POST',
      VM,
      { name: ' ', cluster: cluster.id },
      400,
      { name: ['This field may not be blank.'] }
    ],
    [
      'POST',
      VM,
      { name: 'q' },
      400,
      { __all__: ['A virtual machine must be assigned to a site, cluster, or device.'] }
    ],
    [
      'POST',
      VM,
      { name: 'q', cluster: 99 },
      400,
      { cluster: ['Related object not found using the provided numeric ID: 99'] }
    ],
    [
      'POST',
      VM,
      { name: 'q', cluster: cluster.id, custom_fields: { zz: 1 } },
      400,
      { custom_fields: { zz: "Custom field 'zz' does not exist for this object type." } }
    ],
    [
      'PATCH',
      `${VM}${vm.id}/`,
      { disk: 11 },
      400,
      {
        disk: [
          'The specified disk size (11) must match the aggregate size of assigned virtual disks (10).'
        ]
      }
    ],
    [
      'PATCH',
      `${VM}${vm.id}/`,
      { status: { value: 'active' } },
      400,
      {
        status: [
          'Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.'
        ]
      }
    ],
    [
      'POST',
      VMI,
      { virtual_machine: vm.id, name: 'net0' },
      400,
      { __all__: ['Interface with this Virtual machine and Name already exists.'] }
    ],
    [
      'POST',
      IP,
      { address: '10.0.0.5/32' },
      400,
      { address: ['Duplicate IP address found in global table: 10.0.0.5/24'] }
    ],
    [
      'POST',
      IP,
      { address: '10.0.0.0/24', ...assigned },
      400,
      { __all__: ['10.0.0.0 is a network ID, which may not be assigned to an interface.'] }
    ],
    [
      'POST',
      IP,
      { address: '10.0.0.255/24', ...assigned },
      400,
      { __all__: ['10.0.0.255 is a broadcast address, which may not be assigned to an interface.'] }
    ],
    [
      'POST',
      IP,
      { address: '10.0.0.9/0' },
      400,
      { address: ['Cannot create IP address with /0 mask.'] }
    ],
    [
      'DELETE',
      `/virtualization/clusters/${cluster.id}/`,
      {},
      409,
      { detail: 'Unable to delete object. 1 dependent objects were found: vm1 (1)' }
    ],
    ['GET', `${VM}99/`, {}, 404, { detail: 'No VirtualMachine matches the given query.' }],
    [
      'PATCH',
      `${VM}${vm.id}/`,
      { changelog_message: 'x'.repeat(201), name: 'n' },
      500,
      {
        error: 'value too long for type character varying(200)',
        exception: 'DataError',
        netbox_version: '4.7.3',
        python_version: '3.12.1'
      }
    ]
  ]
  for (const [method, path, body, status, answer] of cases) {
    const got = ask(method, path, method === 'GET' ? undefined : body)
    t.same(
      { status: got.status, body: got.body },
      { status, body: answer },
      `${method} ${path} ${JSON.stringify(body).slice(0, 60)}`
    )
  }
})

t.test('MAC addresses: written through the interface from 4.7 on, ignored before', async (t) => {
  for (const version of ['4.5.9', '4.7.3'] as const) {
    const { ask, make, vm } = open(version)
    const nic = make(VMI, {
      virtual_machine: vm.id,
      name: 'net1',
      mac_address: 'aa:bb:cc:00:00:01'
    })
    t.equal(nic.mac_address, version === '4.7.3' ? 'AA:BB:CC:00:00:01' : null)
    const mac = make('/dcim/mac-addresses/', { mac_address: 'aabbcc000002' })
    const next = make(VMI, { virtual_machine: vm.id, name: 'net2', primary_mac_address: mac.id })
    t.equal(next.mac_address, 'AA:BB:CC:00:00:02')
    t.equal(ask('GET', `/dcim/mac-addresses/${mac.id}/`).body.assigned_object_id, next.id)
    const moved = ask('PATCH', `/dcim/mac-addresses/${mac.id}/`, {
      assigned_object_type: null,
      assigned_object_id: null
    })
    t.equal(moved.status, 400, 'a primary MAC stays')
  }
})

t.test('primary addresses bind the address, and VLANs without a mode vanish', async (t) => {
  const { ask, make, vm, nic } = open()
  const ip = make(IP, {
    address: '10.0.0.5/24',
    dns_name: 'A.B',
    assigned_object_type: 'virtualization.vminterface',
    assigned_object_id: nic.id
  })
  t.equal(ip.dns_name, 'a.b')
  t.equal(ask('PATCH', `${VM}${vm.id}/`, { primary_ip4: ip.id }).status, 200)
  t.equal(
    ask('PATCH', `${IP}${ip.id}/`, { assigned_object_type: null, assigned_object_id: null }).status,
    400
  )
  const vlan = make('/ipam/vlans/', { vid: 10, name: 'v' })
  const other = make(VMI, { virtual_machine: vm.id, name: 'net5', untagged_vlan: vlan.id })
  t.equal(other.untagged_vlan, null)
  t.equal(ask('DELETE', `${IP}${ip.id}/`).status, 204)
  t.equal(ask('GET', `${VM}${vm.id}/`).body.primary_ip4, null)
})

t.test(
  'lists: the clamp is silent, unknown filters are ignored, cursors exist from 4.6 on',
  async (t) => {
    const { ask, cluster } = open('4.7.3', 2)
    ask(
      'POST',
      VM,
      ['b', 'c', 'd'].map((name) => ({ name, cluster: cluster.id }))
    )
    const page = ask('GET', `${VM}?limit=500&fields=id,name&no_such_filter=1`).body
    t.match(page, { count: 4, previous: null })
    t.same(page.results, [
      { id: 2, name: 'b' },
      { id: 3, name: 'c' }
    ])
    t.match(String(page.next), /limit=2&no_such_filter=1&offset=2$/)
    t.match(ask('GET', `${VM}?start=2&limit=2`).body, { count: null, previous: null })
    t.equal(ask('GET', `${VM}?start=0&ordering=id`).status, 400)
    t.equal(open('4.5.9').ask('GET', `${VM}?start=99`).body.count, 1, 'ignored on 4.5')
    t.equal(ask('GET', `${VM}?name=VM1`).body.count, 1, 'VM names without case')
    t.equal(ask('GET', `${VM}?name__ic=m1`).body.count, 1)
    t.same(ask('GET', `${VM}?cluster_id=9`).body, {
      cluster_id: ['Select a valid choice. 9 is not one of the available choices.']
    })
    t.same(
      ask('PATCH', `${VM}?fields=id`, [{ id: 2, name: 'zz' }]).body,
      [{ id: 2 }],
      'fields cut the input as well'
    )
    t.equal(ask('GET', `${VM}2/`).body.name, 'b')
  }
)

t.test(
  'tags replace, add_tags merge; changes are logged once per object; ETags guard',
  async (t) => {
    const { ask, make, vm } = open()
    const [a, b] = ['a', 'b'].map((name) => make('/extras/tags/', { name, slug: name }).id)
    ask('PATCH', `${VM}${vm.id}/`, { tags: [a] })
    const both = ask('PATCH', `${VM}${vm.id}/`, { add_tags: [b], changelog_message: 'why' })
    t.equal((both.body.tags as Json[]).length, 2) // tags are answered as a list
    t.equal(ask('PATCH', `${VM}${vm.id}/`, { name: 'n' }, { 'if-match': 'W/"old"' }).status, 412)
    t.equal(
      ask('PATCH', `${VM}${vm.id}/`, { name: 'n' }, { 'if-match': both.headers.ETag ?? '' }).status,
      200
    )
    const changes = ask(
      'GET',
      `/core/object-changes/?changed_object_type=virtualization.virtualmachine&limit=2`
    ).body
    t.match(changes.results, [
      { action: { value: 'update' } },
      { message: 'why', postchange_data: { tags: ['a', 'b'] } }
    ])
  }
)
