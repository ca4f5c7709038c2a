import { createHash } from 'node:crypto'
import {
  type Adoption,
  approvableGuards,
  type Change,
  type Conflict,
  changeText,
  type Gap,
  gapKey,
  type Outcome,
  type PlanPage,
  quarantineMinutes
} from '@proxbox/contracts'
import t from 'tap'
import type { Static } from 'typebox'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

const netbox = 'b1234abcd'
type Json = Record<string, unknown>
interface Listed {
  readonly count: number
  readonly results: Json[]
}
const runOf = (n: number) => `0199bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`

const post = (operation: string, runId: string, body: object, attempt = 1) =>
  stack.collector.ask<Json>(operation, { body: { netbox, run_id: runId, attempt, ...body } })
const get = <T>(operation: string, query: object) =>
  stack.collector.ask<T>(operation, { query: query as Json })
const show = (operation: string, query: object = {}, id?: string | number) =>
  stack.gateway.call<Json & Listed>(operation, {
    baseUrl: 'http://proxbox',
    query: query as Json,
    ...(id === undefined ? {} : { params: { id } })
  })
const act = (operation: string, id: number | unknown, body?: object) =>
  stack.gateway.call<Json>(operation, {
    baseUrl: 'http://proxbox',
    params: { id: Number(id) },
    ...(body === undefined ? {} : { body }),
    principal: { user: 'ann', superuser: true, permissions: [], write: true }
  })

const change = (key: string, over: Partial<Change> = {}): Change => ({
  key,
  kind: 'vm',
  action: 'create',
  netbox_id: null,
  before: {},
  after: { name: key },
  why: { name: { policy: 'source', reason: 'Proxmox says so', source: 'config.name' } },
  label: `label of ${key}`,
  origin: 'created',
  evidence: {},
  ...over
})
const outcome = (one: Change, over: Partial<Outcome> = {}): Outcome => ({
  change: one,
  state: 'done',
  netbox_id: 1,
  detail: '',
  ...over
})
const write = async (runId: string, outcomes: Outcome[], attempt = 1) => {
  const intents = outcomes.map(({ change: { key, kind, action, netbox_id, before, after } }) => {
    return { key, kind, action, netbox_id, before, values: after }
  })
  await post('recordIntents', runId, { intents }, attempt)
  await post('recordOutcomes', runId, { outcomes }, attempt)
}
const held = (one: Change, guard: string, reason = `too much for ${guard}`) => ({
  change: one,
  guard,
  code: 'ITEM_HELD',
  reason
})
const ledgerRow = async (key: string) =>
  (await get<Listed>('readLedger', { netbox })).results.find((row) => row.key === key)
const itemOf = async (key: string): Promise<Json> =>
  (await show('listItems', { key })).body.results[0] ?? {}
const spells = async (kind: string, expected: number) =>
  (await stack.feedOf(kind, expected, ['held', 'quarantined', 'conflicted'])).map(({ payload }) => {
    const { key, action, state } = payload as Json
    return `${key} ${action} ${state}`
  })

t.test('the Ledger learns facts with a write and without one', async (t) => {
  const vm = change('vm:c1/qemu/1', { after: { name: 'a', memory: 1 }, drifts: { memory: 2 } })
  await write(runOf(1), [outcome(vm)])
  t.match(await ledgerRow(vm.key), { drifts: { memory: 2 }, first_missing_at: null })
  t.notOk('kept' in ((await ledgerRow(vm.key)) ?? {}), 'absent = none')

  const kept = { name: { policy: 'merge' as const, reason: 'changed in NetBox', wanted: 'b' } }
  const adoption = (over: Partial<Adoption>): Adoption => ({
    key: vm.key,
    kind: 'vm',
    netbox_id: 1,
    origin: 'created',
    evidence_of_match: 'ledger',
    values: {},
    evidence: {},
    label: 'a',
    ...over
  })
  const learn = (over: Partial<Adoption>) =>
    post('recordAdoptions', runOf(1), { adoptions: [adoption(over)] })
  await learn({ kept, drifts: {}, missing_since: '2026-11-01T10:00:00.000Z', sources: { x: 'p' } })
  t.match(await ledgerRow(vm.key), {
    last_written: { name: 'a', memory: 1 },
    kept,
    first_missing_at: '2026-11-01T10:00:00.000Z'
  })
  t.notOk('drifts' in ((await ledgerRow(vm.key)) ?? {}), 'an empty object takes them back')
  await learn({ values: { comments: '' } })
  t.match(await ledgerRow(vm.key), { kept, first_missing_at: /^2026-11-01/ }, 'absent stays')

  const update = change(vm.key, {
    action: 'update',
    before: { name: 'x' },
    after: { name: 'b' },
    missing_since: null
  })
  await write(runOf(1), [outcome(update)])
  const row = await ledgerRow(vm.key)
  t.match(row, { first_missing_at: null, last_written: { name: 'b', memory: 1 } })
  t.notOk('kept' in (row ?? {}), 'what we write is kept no longer')
  const tags = { policy: 'merge' as const, reason: 'taken away', wanted: [{ ref: 'tag:web' }] }
  await learn({ kept: { tags } })
  const more = { ...update, before: { tags: [] }, after: { tags: [{ ref: 'tag:db' }] } }
  await write(runOf(1), [outcome(more)])
  t.match(await ledgerRow(vm.key), { kept: { tags } }, 'elements of a set stay left out')
  await learn({ missing_since: '2026-11-02T10:00:00.000Z' })
  await learn({ missing_since: null })
  t.equal((await ledgerRow(vm.key))?.first_missing_at, null, 'null: it is back')
})

t.test('the parts of what is deleted are forgotten with it', async (t) => {
  const keys = (vm: string) => [
    vm,
    `${vm}/net0`,
    `${vm}/scsi0`,
    `mac:${vm}/net0/AA:BB`,
    `ip:${vm}/net0/fe80::1`
  ]
  const kinds = ['vm', 'vm-interface', 'disk', 'mac-address', 'ip-address'] as const
  let next = 1000
  const make = (names: string[], of: readonly Change['kind'][]) =>
    names.map((key, n) => outcome(change(key, { kind: of[n] ?? 'vm' }), { netbox_id: next++ }))
  const nodeKinds = ['device', 'interface', 'interface', 'ip-address', 'ip-address'] as const
  const node = [
    'device:n1',
    'interface:n1/eth0',
    'interface:n1/eth1',
    'ip:interface:n1/eth0/1.1.1.1',
    'ip:interface:n1/eth1/1.1.1.2'
  ]
  await write(runOf(2), make(keys('vm:c2/qemu/10'), kinds))
  await write(runOf(2), make(keys('vm:c2/qemu/100'), kinds))
  await write(runOf(2), make(node, nodeKinds))
  await write(runOf(2), make(['interface:n10/eth0'], ['interface']))
  const gone = (key: string, kind: Change['kind']) =>
    outcome(change(key, { kind, action: 'delete', before: { name: key }, after: {} }))
  await write(runOf(3), [gone('vm:c2/qemu/10', 'vm'), gone('interface:n1/eth1', 'interface')])
  const left = async () =>
    (await get<Listed>('readLedger', { netbox })).results
      .map((row) => String(row.key))
      .filter((key) => /c2\/|n1/.test(key))
      .sort()
  const rest = [...keys('vm:c2/qemu/100'), 'interface:n10/eth0']
  t.same(
    await left(),
    [...rest, ...node.filter((key) => !key.includes('eth1'))].sort(),
    'addresses too: NetBox deletes them'
  )
  await write(runOf(4), [gone('device:n1', 'device')])
  t.same(await left(), rest.sort())
})

t.test('a Run writes an object and holds parts of it', async (t) => {
  const runId = runOf(10)
  const key = 'vm:c3/qemu/1'
  const update = (field: string): Change =>
    change(key, {
      action: 'update',
      netbox_id: 5,
      before: { [field]: 'old' },
      after: { [field]: 'new' },
      why: { [field]: { policy: 'source', reason: field === 'memory' ? 'drift' : 'said so' } }
    })
  const more = { missing_since: null, drifts: { name: 1 }, goes_with: 'vm:c3/qemu/1' }
  const other = change('vm:c3/qemu/2', more)
  const [memory, name, status] = [update('memory'), update('name'), update('status')]
  await post('storePlanPage', runId, { page: 0, changes: [memory, other], held: [] })
  const heldPage = {
    page: 1,
    changes: [],
    held: [held(name, 'budget'), held(status, 'spare-gaps')]
  }
  await post('storePlanPage', runId, heldPage)
  await post('storePlanPage', runId, heldPage)
  const planned = async () =>
    (await get<Listed>('readPlanPage', { run_id: runId })).results.map((row) => row.change)
  t.same(await planned(), [memory, other, name], 'what can be approved, in order, whole')

  await write(runId, [outcome(memory, { netbox_id: 5 })])
  t.same(await planned(), [other, name], 'what is written is planned no longer')
  const rows = (await show('listRunChanges', { ordering: 'id' }, runId)).body.results
  t.match(rows, [
    { after: { memory: 'new' }, outcome: 'done', guard: null },
    { key: other.key, outcome: 'planned' },
    { after: { name: 'new' }, outcome: 'held', guard: 'budget', detail: 'too much for budget' },
    { after: { status: 'new' }, outcome: 'held', guard: 'spare-gaps' }
  ])
  t.equal(rows.length, 4)
  const drifts = (await show('listRunChanges', { reason: 'drift' }, runId)).body
  t.match(drifts, { count: 1, results: [{ after: { memory: 'new' } }] })

  await t.test('and its Plan has one SHA-256 that anyone can compute', async (t) => {
    const read = async (query: object) => {
      const { body } = await show('readRunPlan', query, runId)
      return body as unknown as Static<typeof PlanPage> // what the route promises
    }
    const first = await read({ limit: 3 })
    const second = await read({ limit: 3, after: first.next })
    const all = [...first.results, ...second.results]
    const hash = (text: string) => createHash('sha256').update(text).digest('hex')
    const open = all.filter(
      ({ outcome, guard }) =>
        outcome === 'planned' || (outcome === 'held' && approvableGuards.includes(guard ?? ''))
    )
    const expected = hash(open.map((one) => hash(changeText(one.change))).join(''))
    t.match(first, { run_id: runId, sha256: expected, count: 2, held: 2 })
    t.equal(second.sha256, expected)
    t.equal(second.next, null)
    t.equal(all.length, 4)

    await post('storePlanPage', runId, { page: 2, changes: [change('vm:more')], held: [] })
    const grown = (await show('readRunPlan', {}, runId)).body
    t.equal(grown.count, 3)
    t.not(grown.sha256, expected, 'a row more is another Plan')
    const { text } = (await show('readRunPlan', { format: 'md' }, runId)).body
    for (const line of [
      '## update vm label of vm:c3/qemu/1',
      '| memory | "old" | "new" | drift (source) |',
      '**held by budget**: too much for budget',
      '| name |  | "vm:more" | Proxmox says so (source, config.name) |'
    ])
      t.ok(String(text).split('\n').includes(line), line)
    const empty = (await show('readRunPlan', {}, runOf(99))).body
    t.match(empty, { sha256: hash(''), count: 0, held: 0, next: null, results: [] })
  })

  await t.test('and what holds it begins and ends once', async (t) => {
    const seen = await spells('vm', 1)
    t.same(seen, [`${key} held begins`], 'two parts of one Item, told once')
    await post('storePlanPage', runOf(11), { page: 0, changes: [], held: [held(name, 'budget')] })
    await post('recordConflicts', runOf(11), { conflicts: [], last: true })
    await write(runOf(12), [outcome(name, { netbox_id: 5 })])
    t.same(await spells('vm', 2), [`${key} held begins`, `${key} held ends`])
  })
})

t.test('what a Run has written, field by field', async (t) => {
  const runId = runOf(20)
  const vm = change('vm:c4/qemu/1', {
    after: { name: 'a', serial: 's', primary_ip4: { ref: 'ip' } }
  })
  const moved = change('vm:c4/qemu/2')
  const gone = change('vm:c4/qemu/3', { action: 'delete', before: { name: 'g' }, after: {} })
  await post('storePlanPage', runId, { page: 0, changes: [vm, moved, gone], held: [] })
  const first = { ...vm, after: { name: 'a', serial: 's' } }
  const late = { ...vm, action: 'update' as const, after: { primary_ip4: { ref: 'ip' } } }
  await write(runId, [outcome(first, { netbox_id: 7 }), outcome(moved, { state: 'moved' })])
  await write(runId, [
    outcome(late, { netbox_id: 7, state: 'refused', detail: 'not assigned' }),
    outcome(gone, { netbox_id: 8 })
  ])
  const pages = await get<Listed>('readAppliedPage', { run_id: runId, limit: 1 })
  t.match(pages.results, [{ change: { key: vm.key, action: 'create', netbox_id: 7, before: {} } }])
  t.same(
    (pages.results[0]?.change as Change | undefined)?.after,
    { name: 'a', serial: 's' },
    'not the refused'
  )
  const next = await get<Listed>('readAppliedPage', {
    run_id: runId,
    after: (pages as unknown as Json).next
  })
  t.match(next.results, [{ change: { key: gone.key, action: 'delete', before: { name: 'g' } } }])
  t.equal(next.results.length, 1, 'what moved was not written')

  const swap = (before: string, after: string) =>
    change('vm:c4/qemu/4', { action: 'update', before: { name: before }, after: { name: after } })
  await write(runOf(21), [outcome(swap('a', 'tmp'))])
  await write(runOf(21), [outcome(swap('tmp', 'b'))])
  const swapped = await get<Listed>('readAppliedPage', { run_id: runOf(21) })
  t.match(swapped.results, [{ change: { before: { name: 'a' }, after: { name: 'b' } } }])
})

t.test('what NetBox refuses is quarantined for growing pauses', async (t) => {
  const bad = change('site:bad', { kind: 'site', after: { slug: 'Ä' } })
  const refuse = (n: number) =>
    write(runOf(n), [outcome(bad, { state: 'refused', netbox_id: null, detail: 'slug: invalid' })])
  const quarantined = async () =>
    (await get<Listed>('readQuarantine', { netbox })).results.filter((one) => one.key === bad.key)
  const pauseOf = async () => {
    const [one] = await quarantined()
    return Math.round((Date.parse(String(one?.retry_at)) - Date.now()) / 60_000)
  }
  await refuse(30)
  await refuse(30)
  t.match(await quarantined(), [
    { action: 'create', values: { slug: 'Ä' }, detail: 'slug: invalid', failures: 1 }
  ])
  t.equal(await pauseOf(), quarantineMinutes(1))
  for (let failures = 2; failures <= 7; failures += 1) {
    await refuse(29 + failures)
    t.match(await quarantined(), [{ failures }])
    t.equal(await pauseOf(), quarantineMinutes(failures))
  }
  t.notOk(await ledgerRow(bad.key), 'NetBox has nothing of it')
  const listed = await show('listItems', { quarantined: true, netbox, kind: 'site' })
  t.match(listed.body, {
    count: 1,
    results: [{ key: bad.key, netbox_id: null, quarantine: { failures: 7 } }]
  })
  const id = listed.body.results[0]?.id
  t.match(await act('explainItem', id), {
    body: {
      quarantine: { detail: 'slug: invalid' },
      fields: [
        {
          field: 'slug',
          text: /^slug was never written by Proxbox; NetBox refused to create it 7 times \(slug: invalid\), and it is tried again after 20/
        }
      ]
    }
  })
  t.match(await act('releaseItem', id), { status: 200, body: { quarantine: null } })
  t.match(await act('releaseItem', id), { status: 200 }, 'released twice')
  t.same(await quarantined(), [])
  await refuse(40)
  t.match(await quarantined(), [{ failures: 1 }], 'it begins anew')
  await write(runOf(41), [outcome(bad, { netbox_id: 3 })])
  t.same(await quarantined(), [], 'NetBox has taken it')
  t.same(
    await spells('site', 4),
    ['begins', 'ends', 'begins', 'ends'].map((state) => `site:bad quarantined ${state}`)
  )

  const taken = change('tag:taken', { kind: 'tag' })
  await write(runOf(42), [outcome(taken, { state: 'refused', netbox_id: null, detail: 'exists' })])
  const adoption = { key: taken.key, kind: 'tag', netbox_id: 4, origin: 'adopted', label: 'x' }
  const rest = { evidence_of_match: 'name', values: {}, evidence: {} }
  await post('recordAdoptions', runOf(43), { adoptions: [{ ...adoption, ...rest }] })
  t.match(await itemOf(taken.key), { netbox_id: 4, quarantine: null }, 'found: the cause is gone')
  t.match(await act('releaseItem', 999_999), { status: 404 })
})

t.test('what could not be created and is wanted no more leaves quarantine', async (t) => {
  const [gone, wanted] = [change('vm:c5/qemu/1'), change('vm:c5/qemu/2')]
  const there = change('vm:c5/qemu/3', { action: 'update', netbox_id: 5 })
  const refused = (one: Change) => outcome(one, { state: 'refused', netbox_id: one.netbox_id })
  await write(runOf(45), [gone, wanted, there].map(refused))
  t.match(await itemOf(gone.key), { netbox_id: null, quarantine: { action: 'create' } })
  const keys = [gone.key, there.key, 'vm:c5/qemu/4']
  const tell = (attempt?: number) => post('recordUnwanted', runOf(46), { keys }, attempt)
  t.same(await tell(2), { released: 1 })
  t.same(await tell(2), { released: 0 }, 'told twice')
  t.same(await itemOf(gone.key), {}, 'nothing is said of it any more')
  t.match(await itemOf(wanted.key), { quarantine: { failures: 1 } })
  t.match(await itemOf(there.key), { quarantine: { action: 'update' } }, 'its object is there')
  await t.rejects(tell(1), { code: 'ATTEMPT_STALE' })
  const told = (await spells('vm', 1)).filter((text) => text.startsWith(gone.key))
  t.same(told, [`${gone.key} quarantined begins`, `${gone.key} quarantined ends`])
})

const conflict = (key: string, over: Partial<Conflict> = {}): Conflict => ({
  key,
  kind: 'device',
  label: `label of ${key}`,
  field: 'name',
  code: 'both-changed',
  detail: 'Proxmox says "a", NetBox "b".',
  netbox_id: 3,
  proxmox: 'a',
  netbox: 'b',
  decisions: [
    { decision: 'proxmox', does: 'write "a"' },
    { decision: 'netbox', does: 'keep "b"' }
  ],
  ...over
})

t.test('conflicts are stored once, decided, and gone', async (t) => {
  const [a, b] = [conflict('device:a'), conflict('device:b', { field: null, code: 'ambiguous' })]
  const record = (n: number, named: Conflict[], last = true) =>
    post('recordConflicts', runOf(n), { conflicts: named, last })
  t.same(await record(50, [a, b, conflict('device:a', { field: 'role' })]), { opened: 3 })
  t.same(await record(51, [a, a, b]), { opened: 0 })
  const states = async () =>
    (await show('listConflicts', { ordering: 'id' })).body.results.map(
      ({ key, field, state }) => `${key} ${field} ${state}`
    )
  t.same(await states(), ['device:a name open', 'device:b null open', 'device:a role gone'])
  t.same(await record(52, [], false), { opened: 0 })
  t.equal((await show('listConflicts', { state: 'open' })).body.count, 2, 'a narrow Run ends none')
  const filters: [object, number][] = [
    [{ code: 'ambiguous' }, 1],
    [{ state: 'open,gone' }, 3],
    [{ key: 'device:a', kind: 'device' }, 2],
    [{ netbox: 'other' }, 0],
    [{ q: 'of device:b' }, 1]
  ]
  for (const [query, count] of filters)
    t.equal((await show('listConflicts', query)).body.count, count, JSON.stringify(query))
  const [found] = (await show('listConflicts', { key: 'device:a', state: 'open' })).body.results
  t.match(found, {
    url: `http://proxbox/api/plugins/proxbox/conflicts/${found?.id}/`,
    proxmox: 'a',
    netbox: 'b',
    netbox_identity: netbox,
    decision: null
  })
  t.match(await act('decideConflict', found?.id, { decision: 'both' }), {
    status: 400,
    body: { code: 'DECISION_UNKNOWN', detail: 'decision: "both" is none of proxmox, netbox.' }
  })
  t.same(stack.decisions, [])
  t.match(await act('decideConflict', found?.id, { decision: 'netbox' }), {
    status: 200,
    body: { state: 'decided', decision: 'netbox', rule: 1 }
  })
  t.same(stack.decisions, [
    {
      netbox,
      key: 'device:a',
      field: 'name',
      code: 'both-changed',
      decision: 'netbox',
      user: 'ann'
    }
  ])
  t.match(await act('decideConflict', found?.id, { decision: 'proxmox' }), { body: { rule: 2 } })
  t.same(await record(51, [a, a, b]), { opened: 0 }, 'the page comes again')
  t.match(await act('readConflict', found?.id), { body: { state: 'decided', rule: 2 } })
  await record(53, [b])
  t.match(await act('readConflict', found?.id), { body: { state: 'decided' } }, 'decided stays')
  const { rule, decision } = (await act('readConflict', found?.id)).body
  const knowing = (of: object): Conflict => ({ ...a, ...{ known: { rule, decision, ...of } } })
  t.same(await record(530, [a, b]), { opened: 0 }, 'a Run that has read no decision')
  const earlier = knowing({ decision: 'netbox' })
  t.same(await record(531, [earlier, b]), { opened: 0 }, 'the decision was changed since')
  t.same(await record(532, [knowing({ rule: 1 }), b]), { opened: 0 }, 'another Rule was read')
  t.match(await act('readConflict', found?.id), { body: { state: 'decided', decision, rule } })
  t.same(await record(54, [knowing({}), b]), { opened: 1 }, 'it comes in spite of the decision')
  t.match(await act('readConflict', found?.id), { body: { state: 'open', decision: null } })
  await record(55, [])
  t.match(await act('decideConflict', found?.id, { decision: 'netbox' }), {
    status: 409,
    body: { code: 'CONFLICT' }
  })
  t.match(await act('readConflict', 999_999), { status: 404 })
  t.same((await spells('device', 8)).sort(), [
    'device:a conflicted begins',
    'device:a conflicted begins',
    'device:a conflicted begins',
    'device:a conflicted ends',
    'device:a conflicted ends',
    'device:a conflicted ends',
    'device:b conflicted begins',
    'device:b conflicted ends'
  ])
})

t.test('gaps are open while a Run that looks there names them', async (t) => {
  const gap = (over: Partial<Gap> = {}): Gap => ({
    cluster: 'c1',
    scope: 'guest',
    vmid: 100,
    facet: 'agent',
    reason: 'timeout',
    detail: 'The agent did not answer.',
    ...over
  })
  const [agent, list] = [gap(), gap({ scope: 'guests', facet: 'list', reason: 'denied' })]
  const record = (n: number, named: Gap[], last = true, clusters = ['c1']) =>
    post('recordGaps', runOf(n), { gaps: named, last, clusters })
  const open = async () =>
    (await show('listGaps', { open: true, ordering: 'id' })).body.results.map(
      ({ cluster, facet }) => `${cluster} ${facet}`
    )
  t.same(await record(60, [agent], false), { acknowledged: [] })
  await record(60, [list, gap({ cluster: 'c2' })])
  await record(60, [list, gap({ cluster: 'c2' })])
  t.same(await open(), ['c1 agent', 'c1 list', 'c2 agent'], 'pages, one of them twice')

  await record(62, [list], false)
  await record(61, [gap({ reason: 'error' })], false)
  await record(62, [])
  t.same(await open(), ['c1 agent', 'c1 list', 'c2 agent'], 'another Run has named it meanwhile')
  await record(63, [gap({ reason: 'error' })])
  t.same(await open(), ['c1 agent', 'c2 agent'], 'c2 was not read')
  const [found] = (await show('listGaps', { cluster: 'c1', facet: 'agent' })).body.results
  t.match(found, { reason: 'error', run_id: runOf(63), acknowledged_until: null, vmid: 100 })
  t.notOk('node' in (found ?? {}))

  const acknowledge = (until: string | null) => act('acknowledgeGap', found?.id, { until })
  const faults: [string, RegExp][] = [
    ['2020-01-01', /^until: 2020-01-01T23:59:59.000Z is in the past\. Give a date/],
    ['2030-02-30', /^until: "2030-02-30" is not a date\. Give a date/],
    ['soon', /^until: "soon" is not a date/],
    ['', /is not a date/]
  ]
  for (const [until, detail] of faults)
    t.match(
      await acknowledge(until),
      { status: 400, body: { code: 'FIELD_INVALID', detail } },
      until
    )
  const until = new Date(Date.now() + 3_600_000).toISOString()
  t.match(await acknowledge(until), {
    status: 200,
    body: { acknowledged_until: until, acknowledged_by: 'ann', open: true }
  })
  t.same(await record(64, [agent, list]), { acknowledged: [gapKey(agent)] })
  t.equal((await show('listGaps', { acknowledged: true })).body.count, 1)
  t.equal((await show('listGaps', { acknowledged: false })).body.count, 2)
  t.match(await acknowledge(null), { body: { acknowledged_until: null, acknowledged_by: '' } })
  t.same(await record(65, [agent, list]), { acknowledged: [] })
  t.match(await act('acknowledgeGap', 999_999, { until: null }), { status: 404 })

  await record(66, [gap({ cluster: 'edge', scope: 'cluster', facet: 'list' })], true, [])
  await record(67, [], true, [])
  t.same(await open(), ['c1 agent', 'c1 list', 'c2 agent', 'edge list'], 'it did not look at all')
})

t.test('why an Item is as it is', async (t) => {
  const key = 'vm:c9/qemu/1'
  const vm = change(key, {
    after: { name: 'web', memory: 2048 },
    why: {
      name: { policy: 'merge', reason: 'changed in Proxmox', source: 'config.name' },
      memory: { policy: 'source', reason: 'drift', rule: 'policies of NetBox Endpoint dc1' }
    }
  })
  await write(runOf(70), [outcome(vm, { netbox_id: 9 })])
  const kept = { comments: { policy: 'merge' as const, reason: 'changed in NetBox.', wanted: 'b' } }
  const adoption = { key, kind: 'vm', netbox_id: 9, origin: 'created', label: 'web', kept }
  const rest = { evidence_of_match: 'name', values: { comments: 'a' }, evidence: { uuid: 'u' } }
  await post('recordAdoptions', runOf(71), { adoptions: [{ ...adoption, ...rest }] })
  const status = change(key, { action: 'update', after: { status: 'offline' }, why: {} })
  await post('storePlanPage', runOf(72), { page: 0, changes: [], held: [held(status, 'budget')] })
  const named = conflict(key, { kind: 'vm', field: 'role' })
  await post('recordConflicts', runOf(72), { conflicts: [named], last: true })

  const { id } = await itemOf(key)
  const { body } = await act('explainItem', id)
  const fields = body.fields as Json[]
  t.match(body, { key, netbox_id: 9, evidence: { match: 'name', uuid: 'u' }, conflicts: [Number] })
  t.same(
    fields.map((one) => one.field),
    ['comments', 'memory', 'name', 'role', 'status']
  )
  const [comments, memory, name, role, held_] = fields
  t.match(name, { value: 'web', source: 'config.name', kept: null, held: null })
  t.match(name?.written, { policy: 'merge', run_id: runOf(70), at: /^20.*Z$/ })
  t.match(
    name?.text,
    /^name is "web", written on 20\S+ by Run 0199bbbb\S+: changed in Proxmox \(policy merge\), from config\.name in Proxmox\.$/
  )
  t.match(memory?.text, /: drift \(policy source, by policies of NetBox Endpoint dc1\)\.$/)
  t.match(comments, { value: 'a', kept: { wanted: 'b' }, written: null })
  t.match(
    comments?.text,
    /^comments is "a", as NetBox had it .*; NetBox was left as it is, where Proxmox says "b": changed in NetBox \(policy merge\)\.$/
  )
  t.match(held_, { held: { guard: 'budget', run_id: runOf(72) } })
  t.match(held_?.text, /would set it to "offline" and was held by budget: too much for budget\.$/)
  t.match(role?.text, /^role was never written by Proxbox; conflict \d+ waits for a decision: /)

  const one = await stack.gateway.call<Json>('explainItem', {
    params: { id: Number(id) },
    query: { field: 'serial' }
  })
  t.match(one.body, { fields: [{ field: 'serial', text: 'serial was never written by Proxbox.' }] })
  const unknown = await stack.gateway.call<Json>('explainItem', {
    params: { id: Number(id) },
    query: { field: 'colour' }
  })
  t.match(unknown, {
    status: 400,
    body: { field: [/no field "colour"; known are .*memory.*name/] }
  })

  const planned = change(key, { action: 'update', after: { memory: 4096 }, why: {} })
  await post('storePlanPage', runOf(73), { page: 0, changes: [planned], held: [] })
  const waiting = (await act('explainItem', id)).body.fields as Json[]
  t.match(waiting[1]?.planned, { wanted: 4096, run_id: runOf(73) })
  t.match(
    waiting[1]?.text,
    /; Run 0199bbbb\S+ has planned to set it to 4096, and nothing has written that\.$/
  )
  await write(runOf(74), [
    outcome({ ...status, after: { status: 'offline', memory: 4096 } }, { netbox_id: 9 })
  ])
  const after = (await act('explainItem', id)).body.fields as Json[]
  t.match(after[4], { field: 'status', value: 'offline', held: null }, 'written since')
  t.notMatch(after[1]?.text, /planned/)
  t.equal(after[1]?.planned, null)
  t.match(await act('readItem', id), { body: { key, missing_since: null, proxmox_name: 'web' } })
  const renamed = {
    name: { policy: 'merge' as const, reason: 'changed in NetBox.', wanted: 'pve-n' }
  }
  await post('recordAdoptions', runOf(75), {
    adoptions: [{ ...adoption, ...rest, label: 'hand-made', kept: renamed }]
  })
  t.match(
    (await show('listItems', { q: 'PVE-N' })).body,
    { count: 1, results: [{ key, label: 'hand-made', proxmox_name: 'pve-n' }] },
    'found by its name in Proxmox, though NetBox has another'
  )
  t.match(await act('readItem', 999_999), { status: 404 })
})

t.test('what NetBox does not have can be asked about while something keeps it away', async (t) => {
  const [heldVm, other] = [change('vm:absent/1'), change('vm:absent/2')]
  const page = { page: 0, changes: [], held: [held(heldVm, 'references', 'its cluster is held')] }
  await post('storePlanPage', runOf(80), page)
  const named = conflict(other.key, { kind: 'vm', field: null, code: 'ambiguous' })
  await post('recordConflicts', runOf(80), { conflicts: [named], last: true })
  const { id, netbox_id } = await itemOf(heldVm.key)
  t.equal(netbox_id, null)
  t.match((await act('explainItem', id)).body.fields, [
    {
      field: 'name',
      held: { guard: 'references' },
      text: /^name was never written by Proxbox; Run \S+ would set it to "vm:absent\/1" and was held by references: its cluster is held\.$/
    }
  ])
  t.match(await itemOf(other.key), { kind: 'vm', netbox_id: null })
  await write(runOf(81), [outcome(heldVm, { netbox_id: 77 })])
  await post('recordConflicts', runOf(82), { conflicts: [], last: true })
  t.match(await itemOf(heldVm.key), { netbox_id: 77 })
  t.same(await itemOf(other.key), {}, 'nothing is said of it any more')
})

t.test('an attempt that plans anew keeps what the one before has written', async (t) => {
  const vm = change('vm:anew', { after: { name: 'a' } })
  const late = change(vm.key, { action: 'update', after: { primary_ip4: null } })
  const runId = runOf(90)
  await write(runId, [outcome(vm, { netbox_id: 5 })])
  await write(runId, [outcome(late, { state: 'refused', netbox_id: 5, detail: 'no' })])
  await post('storePlanPage', runId, { page: 0, changes: [late], held: [] }, 2)
  t.match((await get<Listed>('readAppliedPage', { run_id: runId })).results, [
    { change: { key: vm.key, action: 'create', after: { name: 'a' } } }
  ])
})

t.test('a Plan as Markdown stays a table whatever its texts are', async (t) => {
  const runId = runOf(95)
  const label = '`a|b`\n<script>'
  const vm = change('vm:md', {
    action: 'update',
    label,
    evidence: { adopted_by: 'name `a|b`' },
    before: { comments: 'one\r\n| two |', tags: [{ ref: 'tag:a' }, { ref: 'tag:b' }] },
    after: { comments: '', tags: [] }
  })
  await post('storePlanPage', runId, { page: 0, changes: [vm], held: [] })
  const { text } = (await show('readRunPlan', { format: 'md' }, runId)).body
  t.same(String(text).split('\n'), [
    '## update vm \\`a\\|b\\` \\<script>',
    '',
    '`vm:md`',
    '',
    'Recognised by name \\`a\\|b\\`.',
    '',
    '| field | before | after | why |',
    '| --- | --- | --- | --- |',
    '| comments | "one \\| two \\|" | nothing |  |',
    '| tags | tag:a, tag:b | nothing |  |',
    ''
  ])
})

t.test('what is held as missing keeps the time at which it was first missing', async (t) => {
  const key = 'vm:c5/qemu/1'
  const hold = (n: number, over: Partial<Change>, page = 0) =>
    post('storePlanPage', runOf(n), {
      page,
      changes: [],
      held: [held(change(key, { action: 'update', netbox_id: 5, ...over }), 'budget')]
    })
  const told = async (n: number) => {
    const page = await get<Listed>('readPlanPage', { run_id: runOf(n) })
    return page.results.map((row) => (row.change as Change).missing_since)
  }
  const day = (n: number) => `2026-01-0${n}T00:00:00.000Z`
  await hold(110, { missing_since: day(1) })
  await hold(111, { missing_since: day(2) })
  await hold(112, { missing_since: day(3) })
  await hold(112, { missing_since: day(4) })
  t.same(await told(112), [day(1)], 'whichever Run tells it, and on its second attempt')
  await hold(113, { after: { name: 'back' } })
  t.same(await told(113), [undefined])
  await hold(114, { missing_since: day(5) })
  t.same(await told(114), [day(5)], 'it was back in between, though held for something else')
  await post('recordConflicts', runOf(115), { conflicts: [], last: true })
  await hold(116, { missing_since: day(6) })
  t.same(await told(116), [day(6)], 'it was not held any more')
})
