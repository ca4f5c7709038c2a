import { type Change, type Estate, type Gap, gapFacets, kindNames } from '@proxbox/contracts'
import t from 'tap'
import { gapsIn } from '../src/guards/gaps.ts'
import { spareGaps } from '../src/guards/spare-gaps.ts'
import { changeOf, day, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const cluster = 'caaaaaaaa'
const gap = (more: Partial<Gap>): Gap => ({
  ...{ cluster, scope: 'cluster', facet: 'status', reason: 'error', detail: '' },
  ...more
})
/** A key of each kind in the cluster; what belongs to no cluster is shared by all. */
const keys: Partial<Record<Change['kind'], string>> = {
  cluster: `cluster:${cluster}`,
  device: `device:n${cluster}`,
  interface: `interface:n${cluster}/eno1`,
  vm: key,
  'vm-interface': `${key}/net0`,
  'mac-address': `mac:${key}/net0/BC:24:11:00:00:64`,
  disk: `${key}/scsi0`,
  'ip-address': `ip:${key}/net0/10.0.100.10`,
  'vlan-group': `vlan-group:${cluster}`,
  vlan: `vlan:${cluster}/20`
}
const changeFor = (kind: Change['kind'], more: Partial<Change>): Change => ({
  key: keys[kind] ?? `${kind}:shared`,
  kind,
  action: 'update',
  netbox_id: 1,
  before: {},
  after: {},
  why: {},
  label: 'x',
  origin: 'created',
  ...more
})
const harms: Record<string, Partial<Change>> = {
  delete: { action: 'delete' },
  stale: {
    missing_since: day(1),
    before: { status: 'active' },
    after: { status: 'decommissioning' }
  },
  rename: { before: { name: 'a' }, after: { name: 'b' } },
  blank: { before: { description: 'a' }, after: { description: '' } },
  unlink: { before: { assigned_object: { ref: 'x' } }, after: { assigned_object: null } },
  shrink: {
    before: { tags: [{ ref: 'tag:a' }, { ref: 'tag:b' }] },
    after: { tags: [{ ref: 'tag:a' }] }
  }
}
const withGaps = (gaps: Gap[]): Estate => ({ ...estate([guest(100)]), gaps })
const isHeld = (change: Change, gaps: Gap[]): boolean =>
  spareGaps([change], gapsIn(withGaps(gaps), [])).held.length === 1

t.test('each harm × each kind: spared where its cluster could not be read', async (t) => {
  for (const kind of kindNames) {
    for (const [harm, more] of Object.entries(harms)) {
      const change = changeFor(kind, more)
      for (const facet of ['status', 'list', 'permissions'] as const)
        t.ok(isHeld(change, [gap({ facet })]), `${harm} ${kind} ${facet}`)
      t.notOk(isHeld(change, []), `${harm} ${kind} without a gap`)
      const fact = changeFor(kind, { before: { memory: 1 }, after: { memory: 2 } })
      t.notOk(isHeld(fact, [gap({})]), `a fact of ${kind} goes on`)
    }
  }
})

t.test('VLANs that are spared keep their mode: NetBox empties them with it', async (t) => {
  const change = changeFor('vm-interface', {
    before: { mode: 'tagged', tagged_vlans: [{ ref: 'vlan:x/10' }], mtu: 1500 },
    after: { mode: 'access', tagged_vlans: [], mtu: 1400 }
  })
  const { kept } = spareGaps([change], gapsIn(withGaps([gap({})]), []))
  t.same(kept[0]?.after, { mtu: 1400 })
})

t.test(
  'a kind of which nobody said what tells it is spared by any gap in its cluster',
  async (t) => {
    const other = gap({ cluster: 'cbbbbbbbb' })
    for (const facet of gapFacets) {
      const some = [gap({ scope: 'guest', vmid: 7, facet })]
      for (const more of Object.values(harms)) {
        t.ok(isHeld(changeFor('vlan', more), some), facet)
        t.ok(isHeld(changeFor('platform', more), some), `${facet}: in no cluster, so in any`)
        t.notOk(isHeld(changeFor('vm', more), some), 'another guest')
      }
    }
    t.notOk(isHeld(changeFor('vlan', harms.delete ?? {}), [other]), 'another cluster')
  }
)

t.test("facets: an agent's silence hides addresses, a node's network its interfaces", async (t) => {
  const agent = [gap({ scope: 'guest', vmid: 100, facet: 'agent' })]
  const network = [gap({ scope: 'node', node: 'pve1', facet: 'network' })]
  const primary = { before: { primary_ip4: { ref: 'a' } }, after: { primary_ip4: { ref: 'b' } } }
  for (const [kind, more, gaps, held] of [
    ['ip-address', harms.unlink, agent, true],
    ['vm', primary, agent, true],
    ['vm-interface', harms.rename, agent, true],
    ['vm', harms.rename, agent, false],
    ['disk', harms.delete, agent, false],
    ['interface', harms.delete, network, true],
    ['device', primary, network, true],
    ['device', harms.stale, network, false],
    ['vm', harms.rename, network, false],
    ['ip-address', harms.unlink, network, false]
  ] as const) {
    t.equal(isHeld(changeFor(kind, more ?? {}), [...gaps]), held, `${kind} ${gaps[0]?.facet}`)
  }
})

t.test('the tag of what was missing is taken back in a gap too', async (t) => {
  const world = new World()
  const both = estate([guest(100), guest(101)])
  runOn(world, both)
  runOn(world, estate([guest(101)]), 1)
  const plan = planFor(world, { ...both, gaps: [gap({ facet: 'permissions' })] }, { now: day(2) })
  t.match(changeOf(plan, key), { after: { status: 'active', tags: [{}, {}, {}] } })
  t.same(plan.held, [])
})

t.test('a part is not even missed where a gap hides it', async (t) => {
  const world = new World()
  runOn(world, estate([guest(100)]))
  const bare = estate([withConfig({ nics: [], disks: [] }, { interfaces: [] })])
  const hidden = { ...bare, gaps: [gap({ scope: 'guest', vmid: 100, facet: 'config' })] }
  const { changes, adoptions } = planFor(world, hidden, { now: day(1) })
  t.same([changes, adoptions], [[], []])
})

t.test(
  'what vanished from NetBox in bulk is neither made again nor taken for another',
  async (t) => {
    const guests = estate(Array.from({ length: 6 }, (_, index) => guest(100 + index)))
    const made = () => {
      const world = new World()
      runOn(world, guests)
      return world
    }
    const lose = (world: World, kind: string, count: number) => {
      const all = [...world.objects.values()].filter((one) => one.kind === kind)
      for (const { key } of all.slice(0, count)) world.objects.delete(key)
    }
    const emptied = made()
    for (const { key } of [...emptied.objects.values()].filter(({ kind }) => kind === 'vm'))
      emptied.cascade(key)
    const plan = planFor(emptied, guests)
    t.same(plan.changes, [])
    t.same(new Set(plan.held.map(({ guard }) => guard)), new Set(['vanished']))
    const approved = planFor(emptied, guests, { budget: false })
    t.equal(
      approved.changes.filter(({ kind, action }) => kind === 'vm' && action === 'create').length,
      6,
      'a person approved'
    )
    const few = made()
    for (const vmid of [100, 101])
      few.cascade(`netbox:vm/${few.ledger.get(`vm:caaaaaaaa/qemu/${vmid}`)?.netbox_id}`)
    t.equal(
      planFor(few, guests).changes.filter(({ kind }) => kind === 'vm').length,
      2,
      'two that a person deleted are made again'
    )
    const macs = made()
    lose(macs, 'mac-address', 6)
    t.same(
      planFor(macs, guests).changes.filter(({ kind }) => kind === 'mac-address'),
      [],
      'no duplicates of what is only out of sight'
    )
    const lookalikes = made()
    const cluster = {
      ref: `netbox:cluster/${lookalikes.ledger.get('cluster:caaaaaaaa')?.netbox_id}`
    }
    lose(lookalikes, 'vm', 6)
    for (let vmid = 100; vmid < 106; vmid += 1)
      lookalikes.add('vm', { name: `vm${vmid}`, status: 'active', cluster, tags: [] })
    const { changes, adoptions } = planFor(lookalikes, guests)
    t.same(
      [changes.filter(({ kind }) => kind === 'vm'), adoptions.filter(({ kind }) => kind === 'vm')],
      [[], []]
    )
    const gone = made()
    lose(gone, 'vm', 6)
    const deleting = endpoint({ missingPolicy: 'delete' })
    const missing = planFor(gone, estate([guest(100)]), { ...deleting, now: day(30) })
    t.notOk(
      missing.adoptions.some((one) => 'missing_since' in one),
      'nothing is marked either'
    )
  }
)
