import type { Conflict, CurrentItem, DecisionRule, Estate, Fields } from '@proxbox/contracts'
import t from 'tap'
import { planChanges } from '../src/index.ts'
import { changeOf, key, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])
const site = { ref: 'netbox:site/1' }

const planWith = (world: World, decisions: readonly DecisionRule[] = [], what = seen) =>
  planChanges({ ...world.facts(), estate: what, options: world.options(), decisions })

const rule = (
  of: string,
  code: Conflict['code'],
  decision: string,
  field: string | null = null
): DecisionRule => ({ id: 7, key: of, field, code, decision, user: 'hand', created: '' })

/** A NetBox with the cluster of the Estate, and what else a person has made. */
function kept(): { world: World; at: Fields[string]; vm: (fields: Fields) => CurrentItem } {
  const world = new World()
  const cluster = world.add('cluster', { name: 'lab', scope: site })
  const at = { ref: cluster.key }
  return { world, at, vm: (fields) => world.add('vm', { cluster: at, tags: [], ...fields }) }
}

const found = (world: World, of: string, decisions: readonly DecisionRule[] = []) => {
  const one = planWith(world, decisions).adoptions.find((adoption) => adoption.key === of)
  return [one?.netbox_id, one?.evidence_of_match]
}

t.test('a guest is found by custom fields, never across clusters or types', async (t) => {
  const marks: [Fields, boolean][] = [
    [{ 'cf.proxmox_vm_id': 100 }, true],
    [{ 'cf.proxmox_vm_id': 100, 'cf.proxmox_cluster': 'lab', 'cf.proxmox_vm_type': 'qemu' }, true],
    [{ 'cf.proxmox_vm_id': 100, 'cf.proxmox_cluster': 'other' }, false],
    [{ 'cf.proxmox_vm_id': 100, 'cf.proxmox_vm_type': 'lxc' }, false],
    [{ 'cf.proxmox_vm_id': 100, cluster: { ref: 'netbox:cluster/99' } }, false],
    [{ 'cf.proxmox_vm_id': 101 }, false]
  ]
  for (const [mark, isFound] of marks) {
    const { world, vm } = kept()
    const { netbox_id } = vm({ name: 'called otherwise', ...mark })
    t.same(
      found(world, key),
      isFound ? [netbox_id, 'custom-field'] : [undefined, undefined],
      JSON.stringify(mark)
    )
  }
})

t.test('several candidates: one is chosen, or a new one is made beside them', async (t) => {
  const { world, vm } = kept()
  const both = ['a', 'b'].map((name) => vm({ name, 'cf.proxmox_vm_id': 100 }))
  const plan = planWith(world)
  t.match(plan.conflicts, [{ key, code: 'ambiguous', field: null, label: 'vm100' }])
  t.same(
    plan.conflicts[0]?.decisions.map(({ decision }) => decision),
    [...both.map(({ netbox_id }) => `adopt:vm/${netbox_id}`), 'create']
  )
  for (const { netbox_id } of both) {
    const chosen = rule(key, 'ambiguous', `adopt:vm/${netbox_id}`)
    t.same(found(world, key, [chosen]), [netbox_id, 'decision'])
    t.same(planWith(world, [chosen]).conflicts, [])
  }
  const made = planWith(world, [rule(key, 'ambiguous', 'create')])
  t.equal(changeOf(made, key)?.action, 'create')
  t.same(made.conflicts, [])
  const gone = planWith(world, [rule(key, 'ambiguous', 'adopt:vm/9999')])
  t.match(gone.conflicts, [{ code: 'ambiguous' }], 'a decision for what is not there is none')
})

t.test(
  'disks of a person: the only one of equal size, else none of ours beside them',
  async (t) => {
    const sizes: [number[], string | undefined][] = [
      [[8192], 'only-one'],
      [[8192, 8192], undefined],
      [[4096], undefined],
      [[8192, 4096], 'only-one']
    ]
    for (const [all, by] of sizes) {
      const { world, vm } = kept()
      const { key: owner } = vm({ name: 'vm100' })
      for (const size of all)
        world.add('disk', { name: `hand ${size}`, size, virtual_machine: { ref: owner } })
      const plan = planWith(world)
      t.equal(found(world, `${key}/scsi0`)[1], by, all.join())
      t.notOk(plan.changes.some(({ kind, action }) => kind === 'disk' && action === 'create'))
      t.equal(plan.conflicts.length, by === undefined ? 1 : 0)
    }
    const { world, vm } = kept()
    const { key: owner } = vm({ name: 'vm100' })
    world.add('disk', { name: 'hand', size: 8192, virtual_machine: { ref: owner } })
    const disk = (slot: string) => ({ slot, sizeBytes: 2 ** 33, media: 'disk' as const })
    const twins = estate([withConfig({ disks: [disk('scsi0'), disk('scsi1')] })])
    t.same(
      planWith(world, [], twins).conflicts.map((one) => one.key),
      [`${key}/scsi0`, `${key}/scsi1`],
      'two of ours have that size'
    )
  }
)

t.test(
  'an address: unassigned is taken, of a group is left, of another is for a person',
  async (t) => {
    const holders: [Fields[string], string[], string[]][] = [
      [null, [], []],
      [{ ref: 'netbox:fhrp-group/3' }, [], []],
      [{ ref: 'netbox:vm-interface/77' }, ['address-taken'], ['ADDRESS_TAKEN']]
    ]
    const address = `ip:${key}/net0/10.0.100.10`
    for (const [assigned_object, conflicts, held] of holders) {
      const { world } = kept()
      const one = world.add('ip-address', {
        address: '10.0.100.10/16',
        vrf: null,
        assigned_object,
        status: 'active',
        description: 'mine'
      })
      const plan = planWith(world)
      t.same(
        plan.conflicts.map(({ code }) => code),
        conflicts
      )
      t.same(
        plan.held.map(({ code }) => code),
        held
      )
      t.notOk(
        plan.changes.some(
          (change) =>
            change.kind === 'ip-address' && change.action === 'create' && change.key === address
        )
      )
      t.same(
        changeOf(plan, address)?.after,
        assigned_object === null ? { assigned_object: { ref: `${key}/net0` } } : undefined
      )
      const move = rule(address, 'address-taken', 'proxmox', 'assigned_object')
      const moved = planWith(world, [move])
      if (conflicts.length === 0) continue
      t.match(changeOf(moved, address), {
        netbox_id: one.netbox_id,
        after: { assigned_object: { ref: `${key}/net0` } }
      })
      const leave = rule(address, 'address-taken', 'netbox', 'assigned_object')
      const left = planWith(world, [leave])
      t.same([left.conflicts, left.held, changeOf(left, address)], [[], [], undefined])
    }
  }
)

t.test(
  'a cluster in a location of the site is the cluster of that site, and stays there',
  async (t) => {
    for (const [at, isFound] of [
      ['netbox:site/1', true],
      ['netbox:site/9', false]
    ] as const) {
      const world = new World()
      const room = world.add('location', { name: 'room', slug: 'room', site: { ref: at } })
      const cluster = world.add('cluster', { name: 'Lab', scope: { ref: room.key } })
      const group = world.add('vlan-group', { name: 'g', slug: 'g', scope: { ref: cluster.key } })
      world.add('vlan', { vid: 20, name: 'servers', group: { ref: group.key } })
      const nics = (guest(100).config?.nics ?? []).map((nic) => ({ ...nic, vlan: 20 }))
      const what = estate([withConfig({ nics })])
      world.apply(planWith(world, [], what))
      const id = world.ledger.get('cluster:caaaaaaaa')?.netbox_id
      t.equal(id === cluster.netbox_id, isFound, at)
      t.same(world.objects.get(cluster.key)?.fields.scope, { ref: room.key })
      t.equal(world.stored(`${key}/net0`).mode === 'access', isFound, 'its VLANs at once')
      t.same(planWith(world, [], what).changes, [])
    }
  }
)

/** The Estate with these addresses on the node's bridge and on its port. */
const addressed = (bridge: readonly string[], port: readonly string[]): Estate => ({
  clusters: seen.clusters.map((cluster) => ({
    ...cluster,
    nodes: cluster.nodes.map((node) => ({
      ...node,
      interfaces: (node.interfaces ?? []).map((one) => ({
        ...one,
        addresses: [...(one.type === 'bridge' ? bridge : port)]
      }))
    }))
  })),
  gaps: []
})

t.test(
  'an address on another interface of the guest, or of the node, is ours and stays there',
  async (t) => {
    const { world, at, vm } = kept()
    const { key: web } = vm({ name: 'vm100' })
    const lan = world.add('vm-interface', { name: 'lan', virtual_machine: { ref: web } })
    world.add('vm-interface', { name: 'net0', virtual_machine: { ref: web } })
    const node = world.add('device', { name: 'pve1', site, cluster: at })
    const mgmt = world.add('interface', { name: 'mgmt', device: { ref: node.key } })
    const hosts: [string, string, CurrentItem][] = [
      [`ip:${key}/net0/10.0.100.10`, '10.0.100.10/16', lan],
      ['ip:interface:ncaaaaaaaa/vmbr0/10.9.9.10', '10.9.9.10/24', mgmt]
    ]
    const made = hosts.map(([, address, { key: ref }]) =>
      world.add('ip-address', { address, vrf: null, assigned_object: { ref }, status: 'active' })
    )
    const now = addressed(['10.9.9.10/24'], [])
    const plan = planWith(world, [], now)
    t.same([plan.conflicts, plan.held], [[], []])
    world.apply(plan)
    for (const [index, [of, , { key: ref }]] of hosts.entries()) {
      t.match(world.ledger.get(of), { netbox_id: made[index]?.netbox_id, origin: 'adopted' })
      t.same(world.stored(of).assigned_object, { ref }, of)
    }
    const again = planWith(world, [], now)
    t.same([again.changes, again.adoptions], [[], []])
  }
)

t.test('an address that we made follows the node from port to bridge', async (t) => {
  const world = new World()
  world.apply(planWith(world, [], addressed([], ['10.9.9.10/24'])))
  const id = world.ledger.get('ip:interface:ncaaaaaaaa/eno1/10.9.9.10')?.netbox_id
  t.type(id, 'number')
  const bridged = addressed(['10.9.9.10/24'], [])
  const plan = planWith(world, [], bridged)
  t.same(plan.conflicts, [])
  world.apply(plan)
  const of = 'ip:interface:ncaaaaaaaa/vmbr0/10.9.9.10'
  t.match(world.ledger.get(of), { netbox_id: id, origin: 'created' })
  t.match(world.stored(of).assigned_object, {
    ref: `netbox:interface/${world.ledger.get('interface:ncaaaaaaaa/vmbr0')?.netbox_id}`
  })
  t.same(planWith(world, [], bridged).changes, [])
})

t.test('what belongs to all of NetBox is referred to and never edited', async (t) => {
  const world = new World()
  const hand = (kind: CurrentItem['kind'], slug: string) =>
    world.add(kind, { slug, name: `Hand ${slug}`, description: '', color: '' }, slug)
  const objects = [
    hand('tag', 'web'),
    hand('tag', 'proxbox'),
    hand('manufacturer', 'proxmox'),
    hand('device-role', 'proxmox-node'),
    hand('device-role', 'virtual-machine-qemu'),
    hand('cluster-type', 'cluster')
  ]
  world.apply(planWith(world))
  for (const one of objects) t.same(world.objects.get(one.key)?.fields, one.fields, one.label)
  t.same(planWith(world).changes, [])
})

t.test('a Ledger that was lost finds clusters of one name by their labels', async (t) => {
  const world = new World()
  const both = {
    clusters: [...seen.clusters, ...estate([guest(100)], 'cbbbbbbbb').clusters],
    gaps: []
  }
  world.apply(planWith(world, [], both))
  const ids = new Map([...world.ledger].map(([of, { netbox_id }]) => [of, netbox_id]))
  for (const alone of both.clusters) {
    world.ledger.clear()
    const plan = planWith(world, [], { clusters: [alone], gaps: [] })
    t.same(plan.changes, [])
    for (const { key: of, netbox_id } of plan.adoptions) t.equal(netbox_id, ids.get(of), of)
  }
})
