import type { Conflict, DecisionRule, Estate, Guest } from '@proxbox/contracts'
import t from 'tap'
import { type DesiredOptions, planChanges } from '../src/index.ts'
import { changeOf, endpoint, key, runOn } from './planned.ts'
import { estate, guest, World } from './world.ts'

const named = (vmid: number, name: string): Guest => {
  const one = guest(vmid)
  if (one.config === undefined) throw new Error('no config')
  return { ...one, name, config: { ...one.config, name } }
}

const planWith = (
  world: World,
  seen: Estate,
  decisions: readonly DecisionRule[] = [],
  more: Partial<DesiredOptions> = {}
) => planChanges({ ...world.facts(), estate: seen, options: world.options(more), decisions })

const rule = (of: string, decision: string, field: string | null): DecisionRule => {
  const code: Conflict['code'] = 'name-clash'
  return { id: 1, key: of, field, code, decision, user: 'hand', created: '' }
}
const vm = (vmid: number) => `vm:caaaaaaaa/qemu/${vmid}`

t.test("a new name that is another's in NetBox holds the name and nothing else", async (t) => {
  const world = new World()
  world.apply(planWith(world, estate([named(100, 'web')])))
  const cluster = { ref: `netbox:cluster/${world.ledger.get('cluster:caaaaaaaa')?.netbox_id}` }
  world.add('vm', { name: 'Shop', cluster, 'cf.proxmox_vm_id': 999 }, 'Shop')
  const { config } = named(100, 'shop')
  if (config === undefined) throw new Error('no config')
  const seen = estate([{ ...named(100, 'shop'), config: { ...config, memoryMiB: 4096 } }])
  const plan = planWith(world, seen)
  t.match(plan.conflicts, [{ key, code: 'name-clash', field: 'name', netbox: 'web' }])
  t.same(changeOf(plan, key)?.after, { memory: 4096 })
  t.same(plan.held, [])
  const left = planWith(world, seen, [rule(key, 'netbox', 'name')])
  t.same([left.conflicts, changeOf(left, key)?.after], [[], { memory: 4096 }])
  const written = planWith(world, seen, [rule(key, 'proxmox', 'name')])
  t.same(written.conflicts, [])
  t.equal(changeOf(written, key)?.after.name, 'shop (100)')
  world.apply(written)
  t.same(planWith(world, seen, [rule(key, 'proxmox', 'name')]).changes, [])
})

t.test('a name of another tenant, cluster or site is no clash', async (t) => {
  const world = new World()
  world.apply(planWith(world, estate([named(100, 'web')])))
  const cluster = { ref: `netbox:cluster/${world.ledger.get('cluster:caaaaaaaa')?.netbox_id}` }
  const mark = { 'cf.proxmox_vm_id': 999 }
  world.add('vm', { name: 'shop', cluster, tenant: { ref: 'netbox:tenant/1' }, ...mark })
  world.add('vm', { name: 'shop', cluster: { ref: 'netbox:cluster/999' }, ...mark })
  const plan = planWith(world, estate([named(100, 'shop')]))
  t.same([plan.conflicts, changeOf(plan, key)?.after.name], [[], 'shop'])
})

t.test("a node's and a cluster's name that others have are for a person", async (t) => {
  const world = new World()
  const site = { ref: 'netbox:site/1' }
  const label = 'lab (czzzzzzzz)'
  world.add('cluster', { name: 'Lab', scope: site, 'cf.proxmox_cluster': label }, 'Lab')
  world.add('device', {
    name: 'PVE1',
    site,
    'cf.proxmox_node': 'pve1',
    'cf.proxmox_cluster': label
  })
  const plan = planWith(world, estate([guest(100)]))
  t.same(
    plan.conflicts.map((one) => [one.key, one.code]),
    [
      ['cluster:caaaaaaaa', 'name-clash'],
      ['device:ncaaaaaaaa', 'name-clash']
    ]
  )
  t.notOk(plan.changes.some(({ kind }) => kind === 'vm' || kind === 'cluster' || kind === 'device'))
  const decisions = plan.conflicts.map((one, index) => ({
    ...rule(one.key, 'create', null),
    id: index
  }))
  const made = planWith(world, estate([guest(100)]), decisions)
  t.equal(changeOf(made, 'cluster:caaaaaaaa')?.after.name, 'lab (pve0)')
  t.equal(changeOf(made, 'device:ncaaaaaaaa')?.after.name, 'pve1.lab')
  t.same([made.conflicts, made.held], [[], []])
})

t.test('a guest that is gone gives its name away, one that may be there does not', async (t) => {
  const world = new World()
  world.apply(planWith(world, estate([named(100, 'web'), named(101, 'db')])))
  const renamed = estate([named(101, 'web')])
  const gone = planWith(world, renamed)
  t.equal(changeOf(gone, key)?.after.name, 'web (100)')
  t.equal(changeOf(gone, vm(101))?.after.name, 'web')
  t.match(
    gone.steps.filter(({ kind }) => kind === 'vm'),
    [{ entries: [{ key }] }, { entries: [{ key: vm(101) }] }]
  )
  const [cluster] = renamed.clusters
  if (cluster === undefined) throw new Error('no cluster')
  const gap = { cluster: 'caaaaaaaa', reason: 'denied' as const, detail: '' }
  const doubts: Estate[] = [
    { ...renamed, clusters: [{ ...cluster, guestListWhole: false }] },
    { ...renamed, clusters: [{ ...cluster, quorate: false }] },
    { ...renamed, gaps: [{ ...gap, scope: 'guests', facet: 'list' }] },
    { ...renamed, gaps: [{ ...gap, scope: 'guest', vmid: 100, facet: 'config' }] }
  ]
  for (const seen of doubts) {
    const plan = planWith(world, seen)
    t.equal(changeOf(plan, key), undefined)
    t.not(changeOf(plan, vm(101))?.after.name, 'web')
  }
  world.apply(gone)
  t.same(planWith(world, renamed).changes, [])
})

t.test('a stale guest gives its name away before it is deleted', async (t) => {
  const world = new World()
  const deleting = endpoint({ missingPolicy: 'delete' })
  runOn(world, estate([named(100, 'web'), named(101, 'db')]), 0, deleting)
  runOn(world, estate([named(101, 'db')]), 1, deleting)
  const plan = runOn(world, estate([named(101, 'web')]), 9, deleting)
  t.same(
    plan.steps.map(({ action, entries }) => [action, ...entries.map((one) => one.key)]),
    [
      ['update', key],
      ['update', vm(101)],
      ['delete', key]
    ]
  )
  t.equal(world.stored(vm(101)).name, 'web')
})

t.test('a name waits for the held Change that would give it away', async (t) => {
  const world = new World()
  const all = Array.from({ length: 20 }, (_, n) => named(100 + n, `vm${n}`))
  world.apply(planWith(world, estate(all)))
  const shifted = all.map((_, n) => named(100 + n, n === 0 ? 'first' : `vm${n - 1}`))
  const fresh = named(130, 'vm19')
  const plan = planWith(world, estate([...shifted, fresh]), [], { budget: true })
  t.notOk(plan.changes.some(({ after, action }) => action === 'update' && 'name' in after))
  t.equal(changeOf(plan, vm(130)), undefined, 'its name is not free yet')
  t.match(
    plan.held.find(({ change }) => change.key === vm(130)),
    { guard: 'references', code: 'ITEM_HELD' }
  )
})

t.test('an address on its way to a living guest arrives, whenever a Run ends', async (t) => {
  const world = new World()
  const one = named(100, 'web')
  world.apply(planWith(world, estate([one, named(101, 'db')])))
  const { config } = named(101, 'db')
  if (config === undefined) throw new Error('no config')
  const nics = config.nics.map((nic) => ({ ...nic, addresses: ['10.0.100.10/24'] }))
  const seen = estate([{ ...named(101, 'db'), config: { ...config, nics } }])
  const plan = planWith(world, seen)
  const address = `ip:${vm(101)}/net0/10.0.100.10`
  const wanted = (of: typeof plan) => [
    changeOf(of, key)?.after.primary_ip4,
    changeOf(of, address)?.after.assigned_object
  ]
  t.same(wanted(plan), [null, { ref: `${vm(101)}/net0` }])
  const at = (of: string) =>
    plan.steps.findIndex(({ entries }) => entries.some((e) => e.key === of))
  t.ok(at(key) < at(address), 'NetBox moves no primary address')
  world.apply({ ...plan, changes: [], steps: [] })
  t.same(wanted(planWith(world, seen)), wanted(plan), 'recorded and not written')
  world.apply(planWith(world, seen))
  t.same(planWith(world, seen).changes, [])
})

t.test('a guest that is gone keeps a name that nobody takes', async (t) => {
  const world = new World()
  world.apply(planWith(world, estate([named(100, 'web'), named(101, 'db')])))
  world.edit(vm(101), { name: 'by hand' })
  const plan = planWith(world, estate([named(101, 'web')]))
  t.equal(changeOf(plan, key)?.after.name, undefined)
  t.equal(changeOf(plan, vm(101))?.after.name, undefined)
})

t.test('names of two that Proxmox calls alike stay where a person has put them', async (t) => {
  const world = new World()
  const seen = estate([named(100, 'web'), named(101, 'web')])
  world.apply(planWith(world, seen))
  world.edit(vm(100), { name: 'web (101)' })
  world.edit(vm(101), { name: 'web' })
  for (const _ of [1, 2, 3]) t.same(runOn(world, seen).changes, [])
  t.same(
    [100, 101].map((vmid) => world.stored(vm(vmid)).name),
    ['web (101)', 'web']
  )
})

t.test('a NIC is called as its slot while one that is missing keeps its name', async (t) => {
  const world = new World()
  const nic = guest(100).config?.nics[0]
  if (nic === undefined) throw new Error('no NIC')
  const withNics = (...all: readonly (readonly [string, string, string])[]): Estate => {
    const one = guest(100)
    if (one.config === undefined) throw new Error('no config')
    const nics = all.map(([slot, mac]) => ({
      ...nic,
      slot,
      mac,
      mtu: 1500 - all.length,
      addresses: []
    }))
    const interfaces = all.map(([, mac, name]) => ({ name, mac, addresses: [] }))
    return estate([{ ...one, interfaces, config: { ...one.config, nics } }])
  }
  const [a, b, c] = ['BC:24:11:00:00:0A', 'BC:24:11:00:00:0B', 'BC:24:11:00:00:0C']
  world.apply(planWith(world, withNics(['net0', a, 'ens18'], ['net1', b, 'ens19'])))
  const fewer = withNics(['net0', a, 'ens19'])
  const plan = runOn(world, fewer, 1)
  t.same(changeOf(plan, `${key}/net0`)?.after, { mtu: 1499, name: 'net0' })
  t.same(plan.held, [])
  const other = withNics(['net0', a, 'ens18'], ['net2', c, 'ens19'])
  t.equal(changeOf(planWith(world, other), `${key}/net2`)?.after.name, 'net2', 'a new one')
  const gone = runOn(world, fewer, 10)
  t.equal(changeOf(gone, `${key}/net1`)?.action, 'delete')
  t.equal(changeOf(gone, `${key}/net0`)?.after.name, 'ens19', 'with what gives it free')
  t.same(runOn(world, fewer, 10).changes, [])
})

t.test(
  'names that a person swapped stay, and where Proxmox is their source are swapped back at once',
  async (t) => {
    const world = new World()
    const seen = estate([named(100, 'web'), named(101, 'db')])
    world.apply(planWith(world, seen))
    world.edit(vm(100), { name: 'db' })
    world.edit(vm(101), { name: 'web' })
    const source = endpoint({ policies: { 'vm.name': 'source' } })
    const names = (plan: ReturnType<typeof planWith>) =>
      [100, 101].map((vmid) => changeOf(plan, vm(vmid))?.after.name)
    const left = planWith(world, seen)
    t.same(
      [names(left), left.conflicts, left.notices],
      [[undefined, undefined], [], []],
      'they stay'
    )
    t.same(names(planWith(world, seen, [], source)), ['web', 'db'])
    const decided = [100, 101].map((vmid): DecisionRule => {
      return { ...rule(vm(vmid), 'netbox', 'name'), id: vmid, code: 'drift-in-a-row' }
    })
    t.same(names(planWith(world, seen, decided, source)), [undefined, undefined], 'decided')
    world.apply(planWith(world, seen, [], source))
    t.same(planWith(world, seen, [], source).changes, [])
  }
)
