import type { DecisionRule, Guest, LedgerRow } from '@proxbox/contracts'
import t from 'tap'
import { type DesiredOptions, planChanges } from '../src/index.ts'
import { changeOf, endpoint, key } from './planned.ts'
import { estate, guest, World } from './world.ts'

type More = { config?: Partial<Guest['config'] & object>; row?: Partial<Guest> }

/** A guest with a uuid and a creation time, which follow from its life. */
function living(vmid: number, life: number, { config = {}, row = {} }: More = {}): Guest {
  const one = guest(vmid)
  if (one.config === undefined) throw new Error('no config')
  const born = { smbiosUuid: `uuid-${vmid}-${life}`, createdAtSeconds: 1000 + life }
  return { ...one, ...row, config: { ...one.config, ...born, ...config } }
}

const named = (vmid: number, name: string, config: More['config'] = {}): Guest =>
  living(vmid, vmid, { config: { name, ...config }, row: { name } })

const rule = (of: string, decision: string): DecisionRule => ({
  id: 1,
  key: of,
  field: null,
  code: 'guest-rebuilt',
  decision,
  user: 'hand',
  created: ''
})

const planWith = (
  world: World,
  guests: Guest[],
  decisions: readonly DecisionRule[] = [],
  more: Partial<DesiredOptions> = {}
) =>
  planChanges({
    ...world.facts(),
    estate: estate(guests),
    options: world.options(more),
    decisions
  })

const refOf = (row?: LedgerRow) => ({ ref: `netbox:${row?.kind}/${row?.netbox_id}` })
const follow = endpoint({ rebuiltPolicy: 'follow' })
const vm = (vmid: number) => `vm:caaaaaaaa/qemu/${vmid}`

t.test('only a new uuid with a new creation time is a new guest', async (t) => {
  const world = new World()
  world.apply(planWith(world, [living(100, 0)]))
  const id = world.ledger.get(key)?.netbox_id
  const same: Guest[] = [
    living(100, 0, { config: { smbiosUuid: 'other' } }),
    living(100, 0, { config: { createdAtSeconds: 9 } }),
    guest(100),
    { ...guest(100), config: undefined } as never
  ]
  for (const one of same) {
    const plan = planWith(world, [one])
    t.notOk(plan.changes.some(({ action }) => action === 'create'))
    t.notOk(plan.adoptions.some((found) => found.key.includes('~')))
  }
  const plan = planWith(world, [living(100, 1)])
  t.equal(changeOf(plan, key)?.action, 'create')
  t.match(changeOf(plan, `${key}~n${id}`), {
    action: 'update',
    netbox_id: id,
    after: { name: 'vm100 (100)' }
  })
  world.apply(plan)
  t.not(world.ledger.get(key)?.netbox_id, id)
  t.equal(world.ledger.get(`${key}~n${id}`)?.netbox_id, id)
  t.same(planWith(world, [living(100, 1)]).changes, [])
})

t.test('a replaced guest that was recorded and not yet made again is replaced once', async (t) => {
  const world = new World()
  world.apply(planWith(world, [living(100, 0)]))
  const plan = planWith(world, [living(100, 1)])
  world.apply({ ...plan, changes: [], steps: [] })
  const again = planWith(world, [living(100, 1)])
  t.same(again.changes, plan.changes)
  t.same(again.conflicts, [])
})

t.test('evidence that is read later is learned, and what is not read stays', async (t) => {
  const world = new World()
  world.apply(planWith(world, [guest(100)]))
  const plan = planWith(world, [living(100, 3)])
  t.same(plan.changes, [])
  t.match(plan.adoptions, [{ key, evidence: { uuid: 'uuid-100-3', created: '1003' }, values: {} }])
  world.apply(plan)
  world.apply(planWith(world, [guest(100, { config: undefined } as never)]))
  t.match(world.ledger.get(key)?.evidence, {
    uuid: 'uuid-100-3',
    macs: 'BC:24:11:00:00:64',
    name: 'vm100'
  })
})

t.test('a guest built again is known by uuid, by MAC, by name', async (t) => {
  const born: [string, Guest][] = [
    ['uuid', named(105, 'other', { smbiosUuid: 'UUID-100-100' })],
    ['MAC address', named(105, 'other', { nics: guest(100).config?.nics ?? [] })],
    ['name', named(105, 'WEB')]
  ]
  for (const [by, one] of born) {
    const world = new World()
    world.apply(planWith(world, [named(100, 'web')]))
    const id = world.ledger.get(key)?.netbox_id
    const { conflicts, held, changes } = planWith(world, [one])
    t.match(conflicts, [{ key: vm(105), code: 'guest-rebuilt', detail: new RegExp(by) }])
    t.ok(held.some(({ change, code }) => change.key === vm(105) && code === 'CONFLICT_OPEN'))
    t.notOk(changes.some((change) => change.key.includes('/105')))
    for (const [decisions, more] of [
      [[rule(vm(105), 'follow')], {}],
      [[], follow]
    ] as const) {
      const plan = planWith(world, [one], decisions, more)
      t.match(changeOf(plan, vm(105)), { action: 'update', netbox_id: id })
      t.match(
        plan.adoptions.find((found) => found.key === vm(105)),
        {
          netbox_id: id,
          evidence_of_match: 'rebuilt'
        }
      )
    }
  }
})

t.test('whoever takes over an object leaves in it what its predecessor left', async (t) => {
  const world = new World()
  world.apply(planWith(world, [named(100, 'web')]))
  const web = world.ledger.get('tag:web')
  const tags = [world.stored(key).tags ?? []].flat()
  const without = tags.filter((one) => JSON.stringify(one) !== JSON.stringify(refOf(web)))
  t.equal(without.length, tags.length - 1)
  world.edit(key, { tags: without })
  world.apply(planWith(world, [named(100, 'web')]))
  const plan = planWith(world, [named(105, 'web')], [], follow)
  t.match(plan.adoptions.find((found) => found.key === vm(105))?.kept?.tags, {
    reason: 'taken away in NetBox'
  })
  t.equal(changeOf(plan, vm(105))?.after.tags, undefined)
})

t.test('an object that a person gave to one new guest is no question for another', async (t) => {
  const world = new World()
  world.apply(planWith(world, [named(100, 'web')]))
  const both = [named(105, 'web'), named(106, 'web')]
  t.equal(planWith(world, both).conflicts.length, 2)
  const plan = planWith(world, both, [rule(vm(105), 'follow')])
  t.same(plan.conflicts, [])
  t.match(changeOf(plan, vm(105)), { action: 'update' })
  t.match(changeOf(plan, vm(106)), { action: 'create' })
})

t.test('nobody is followed who is there, or may be', async (t) => {
  const world = new World()
  world.apply(planWith(world, [named(100, 'web')]))
  const there = planWith(world, [named(100, 'web'), named(105, 'web')], [], follow)
  t.equal(changeOf(there, vm(105))?.action, 'create')
  t.equal(changeOf(there, vm(105))?.after.name, 'web (105)')
  const seen = estate([named(105, 'web')])
  const partial = seen.clusters.map((one) => ({ ...one, guestListWhole: false }))
  const plan = planChanges({
    ...world.facts(),
    estate: { clusters: partial, gaps: [] },
    options: world.options(follow)
  })
  t.equal(changeOf(plan, vm(105))?.after.name, 'web (105)', 'the name is not given away either')
  t.same(plan.conflicts, [])
})

t.test('several that are gone, or several that are new, are for a person', async (t) => {
  const world = new World()
  const nics = guest(100).config?.nics ?? []
  world.apply(planWith(world, [named(100, 'a', { nics }), named(101, 'b', { nics })]))
  const gone = planWith(world, [named(105, 'c', { nics })], [], follow)
  const ids = [100, 101].map((vmid) => world.ledger.get(vm(vmid))?.netbox_id)
  t.same(
    gone.conflicts[0]?.decisions.map(({ decision }) => decision),
    [...ids.map((id) => `adopt:vm/${id}`), 'create']
  )
  const chosen = planWith(world, [named(105, 'c', { nics })], [rule(vm(105), `adopt:vm/${ids[1]}`)])
  t.equal(changeOf(chosen, vm(105))?.netbox_id, ids[1])
  const fresh = planWith(world, [named(105, 'a'), named(106, 'a')], [], follow)
  t.same(fresh.conflicts.map((one) => one.key).sort(), [vm(105), vm(106)])
})

t.test('what a guest that is gone leaves is inherited in its own cluster only', async (t) => {
  const shared = '10.0.100.10/24'
  const heirIn = (cluster: string, name: string) => {
    const world = new World()
    world.apply(planWith(world, [living(100, 0), living(101, 0)]))
    const nics = (guest(102).config?.nics ?? []).map((nic) => ({ ...nic, addresses: [shared] }))
    const heir = living(102, 0, { config: { nics } })
    const near = cluster === 'caaaaaaaa' ? [living(101, 0), heir] : [living(101, 0)]
    const far = cluster === 'caaaaaaaa' ? [] : estate([heir], cluster, name).clusters
    const seen = { clusters: [...estate(near).clusters, ...far], gaps: [] }
    return planChanges({ ...world.facts(), estate: seen, options: world.options() })
  }
  const isMove = ({ kind, action, after }: { kind: string; action: string; after: object }) =>
    kind === 'ip-address' && action === 'update' && 'assigned_object' in after
  t.ok(heirIn('caaaaaaaa', 'lab').changes.some(isMove), 'in its cluster it is')
  const strange = heirIn('cbbbbbbbb', 'far')
  t.notOk(strange.changes.some(isMove))
  t.notOk(strange.changes.some(({ after }) => 'primary_ip4' in after && after.primary_ip4 === null))
  t.match(
    strange.conflicts.map(({ code }) => code),
    ['address-taken']
  )
})

t.test(
  'guests of which too many are gone keep their addresses until a person approves',
  async (t) => {
    const world = new World()
    const before = Array.from({ length: 8 }, (_, n) => living(100 + n, 0))
    world.apply(planWith(world, before))
    // All built again under other VMIDs, with the addresses that they had.
    const anew = before.map(({ vmid, config }) =>
      living(vmid + 100, 1, {
        config: {
          nics:
            guest(vmid + 100).config?.nics.map((nic, at) => ({
              ...nic,
              addresses: config?.nics[at]?.addresses ?? []
            })) ?? []
        }
      })
    )
    const isMove = ({ kind, action }: { kind: string; action: string }) =>
      kind === 'ip-address' && action === 'update'
    const plan = planWith(world, anew)
    t.notOk(plan.changes.some(isMove))
    t.equal(plan.held.filter(({ change }) => isMove(change)).length, 8)
    t.notOk(
      plan.changes.some(({ after }) => 'primary_ip4' in after),
      'nor is it primary elsewhere'
    )
    const approved = planWith(world, anew, [], { budget: false })
    t.equal(approved.changes.filter(isMove).length, 8)
    t.same(approved.held, [])
  }
)
