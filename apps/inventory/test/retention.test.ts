import { fileURLToPath } from 'node:url'
import type { Change, Conflict, Gap } from '@proxbox/contracts'
import { eq, migrate, openDatabase, sql, tryLock } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t, { type Test } from 'tap'
import { recordOutcomes } from '../src/changes/outcomes.ts'
import { recordConflicts } from '../src/conflicts/record-conflicts.ts'
import { conflicts, gaps, items, writers } from '../src/db/schema.ts'
import { explainItem } from '../src/explain/explain-item.ts'
import { recordGaps } from '../src/gaps/record-gaps.ts'
import { readIntents, recordIntents } from '../src/ledger/intents.ts'
import { readLedger } from '../src/ledger/ledger.ts'
import { readAppliedPage } from '../src/plans/plan-pages.ts'
import { planSummary } from '../src/plans/plan-summary.ts'
import { storePlanPage } from '../src/plans/store-plan.ts'
import { readQuarantine } from '../src/quarantine/quarantine.ts'
import { purge } from '../src/retention/purge.ts'
import { deletePage, deletePlan, deleteWriter } from '../src/retention/purge-changes.ts'
import { deleteConflicts, deleteGaps } from '../src/retention/purge-ended.ts'
import { oldRuns } from '../src/retention/purge-runs.ts'

const postgres = await openTestPostgres()
t.teardown(() => postgres.stop())
const open = () => openDatabase({ url: postgres.url, applicationName: 'test', schema: 'inventory' })
const [database, other] = [await open(), await open()]
t.teardown(() => Promise.all([database, other].map((one) => one.close())))
const folder = fileURLToPath(new URL('../src/db/migrations', import.meta.url))
await migrate(database, { folder, name: 'inventory' })

const netbox = 'b1'
const dayMs = 86_400_000
const daysFrom = (days: number) => new Date(Date.now() + days * dayMs)
const { signal } = new AbortController()
/** Runs that the orchestrator still has. */
let kept: string[] = []
const asked: string[][] = []
/** What the registry says is in use. */
let inUse = { clusters: ['c1', 'c2', 'c3'], endpoints: ['edge'], merged: [], netboxes: [netbox] }
const bus = {
  ask: async <T>(operation: string, request?: { query?: Record<string, unknown> }) => {
    if (operation === 'readInUse') return inUse as T // as above
    const ids = request?.query?.run_id as string[] // the call that is made
    asked.push(ids)
    return { kept: ids.filter((id) => kept.includes(id)) } as T // what its route promises
  }
}
/** What a look deletes that takes everything before this moment for old. */
const purgeBefore = (before: Date) => purge({ database, bus }, before, signal)

const change = (key: string, after: Change['after'], over: Partial<Change> = {}): Change => ({
  key,
  kind: 'vm',
  action: 'update',
  netbox_id: 2000,
  before: {},
  after,
  why: Object.fromEntries(
    Object.keys(after).map((name) => [name, { policy: 'source', reason: 'drift' }] as const)
  ),
  label: key,
  origin: 'created',
  ...over
})
const writerOf = (runId: string) => ({ netbox, run_id: runId, attempt: 1 })
const write = (runId: string, changes: Change[], state: 'done' | 'refused' = 'done') =>
  recordOutcomes(database, {
    ...writerOf(runId),
    outcomes: changes.map((one) => ({ change: one, state, netbox_id: one.netbox_id, detail: '' }))
  })
const hold = (runId: string, changes: Change[]) =>
  storePlanPage(database, {
    ...writerOf(runId),
    page: 0,
    changes: [],
    held: changes.map((one) => {
      return { change: one, guard: 'budget', code: 'ITEM_HELD', reason: 'too many' }
    })
  })
const textOf = async (key: string, field: string): Promise<string | undefined> => {
  const [item] = await database.orm.select().from(items).where(eq(items.key, key))
  const { fields } = await explainItem(database, { id: item?.id ?? 0, field })
  return fields[0]?.text
}
const rowsOf = async (runId: string): Promise<number> => {
  const [row] = await database.orm.execute<{ n: number }>(
    sql`select count(*)::integer as n from inventory.change where run_id = ${runId}`
  )
  return row?.n ?? 0
}
const none = { runs: 0, changes: 0, plans: 0, gaps: 0, conflicts: 0 }

t.test('Changes go with their Run, whole, and not while the orchestrator has it', async (t) => {
  const all = Array.from({ length: 1200 }, (_, n) =>
    change(`vm:c1/qemu/${n}`, { name: 'a' }, { netbox_id: n })
  )
  for (let n = 0; n < all.length; n += 400) await write('run-1', all.slice(n, n + 400))
  await write('run-2', all.slice(0, 1))
  await planSummary(database, 'run-1')
  t.same(await purgeBefore(daysFrom(-1)), none, 'nothing is older than yesterday')
  t.same(asked, [], 'so nobody is asked')
  kept = ['run-1', 'run-2']
  t.same(await purgeBefore(daysFrom(1)), none, 'both are kept')
  kept = ['run-2']
  t.same(await purgeBefore(daysFrom(1)), { ...none, runs: 1, changes: 1200, plans: 1 })
  t.equal(await rowsOf('run-1'), 0)
  t.match((await readAppliedPage(database, { run_id: 'run-2' })).results, [{ change: {} }])
  t.equal((await readLedger(database, { netbox })).results.length, 1200, 'the Ledger stays')
  t.same(await purgeBefore(daysFrom(1)), none, 'a second look finds nothing')
})

t.test('explain says what is not kept any more, and takes it for nothing else', async (t) => {
  const key = 'vm:c2/qemu/1'
  await write('run-3', [change(key, { name: 'a', memory: 1, vcpus: 2 })])
  await storePlanPage(database, {
    ...writerOf('run-4'),
    page: 0,
    changes: [change(key, { memory: 2 })],
    held: []
  })
  await write('run-5', [change(key, { memory: 3 })])
  t.match(await textOf(key, 'memory'), /^memory is 3, written on \S+ by Run run-5: drift/)
  const old =
    /^name is "a", written on 20\S+Z by a Run older than retention, of which no more is kept\.$/
  kept = ['run-2', 'run-4', 'run-5']
  await purgeBefore(daysFrom(1))
  t.match(await textOf(key, 'name'), old)
  t.match(await textOf(key, 'memory'), /^memory is 3, written on \S+ by Run run-5: drift/)

  await t.test('though a Run that waits for approval has planned it before', async (t) => {
    kept = ['run-2', 'run-4']
    await purgeBefore(daysFrom(1))
    const told = await textOf(key, 'memory')
    t.match(told, /^memory is 3, written on \S+ by a Run older than retention, of which no more is/)
    t.notMatch(told, /has planned to/, 'it was written since')
    t.equal(await rowsOf('run-4'), 1, 'its Plan is there')
  })

  await t.test('though Runs go in another order than they came', async (t) => {
    const times = async () => {
      const [item] = await database.orm.select().from(items).where(eq(items.key, key))
      return item?.writtenBefore
    }
    const before = await times()
    await write('run-6', [change(key, { memory: 4, name: 'b' })])
    await database.orm.execute(sql`
      update inventory.change set at = at - interval '1 hour' where run_id = 'run-6'`)
    await purgeBefore(daysFrom(1))
    t.same(await times(), before, 'the later one stays')
  })

  await t.test('and another object under that key knows nothing of it', async (t) => {
    await write('run-7', [change('vm:c2/qemu/2', { name: 'a' }, { netbox_id: 70 })])
    await write('run-8', [
      change('vm:c2/qemu/2', { vcpus: 1 }, { netbox_id: 71, action: 'create' })
    ])
    kept = ['run-2', 'run-4', 'run-8']
    await purgeBefore(daysFrom(1))
    const [item] = await database.orm.select().from(items).where(eq(items.key, 'vm:c2/qemu/2'))
    t.match(item, { netboxId: 71, writtenBefore: null })
    await write('run-9', [change(key, { name: 'a' }, { netbox_id: 72, action: 'create' })])
    const [made] = await database.orm.select().from(items).where(eq(items.key, key))
    t.match(made, { netboxId: 72, writtenBefore: null })
  })
})

t.test('what still holds an Item stays until something else does', async (t) => {
  const keys = Array.from({ length: 600 }, (_, n) => `vm:c3/qemu/${n}`)
  const held = keys.map((key) => change(key, { name: 'a' }, { action: 'create', netbox_id: null }))
  await hold('run-10', held.slice(0, 500))
  await hold('run-11', held.slice(499))
  await database.orm.execute(sql`
    update inventory.writer set last_seen = last_seen - interval '1 day' where run_id in ('run-10', 'run-11')`)
  kept = ['run-2', 'run-4', 'run-8', 'run-9']
  t.same(await purgeBefore(daysFrom(-0.5)), { ...none, changes: 1 })
  t.match(
    await textOf(keys[0] ?? '', 'name'),
    /; Run run-10 would set it to "a" and was held by budget/
  )
  t.match(
    await textOf(keys[499] ?? '', 'name'),
    /; Run run-11 would set it to "a" and was held by budget/
  )
  await hold('run-12', held)
  t.same(await purgeBefore(daysFrom(-0.5)), { ...none, runs: 2, changes: 600 })
})

t.test(
  'closed gaps and conflicts that are gone go; what is open, decided or acknowledged stays',
  async (t) => {
    const gap = (vmid: number): Gap => {
      return { cluster: 'c1', scope: 'guest', vmid, facet: 'agent', reason: 'timeout', detail: '' }
    }
    const record = (runId: string, named: Gap[]) =>
      recordGaps(database, { ...writerOf(runId), gaps: named, clusters: ['c1'], last: true })
    await record('run-20', [gap(1), gap(2), gap(3)])
    await database.orm
      .update(gaps)
      .set({ acknowledgedUntil: daysFrom(3) })
      .where(eq(gaps.vmid, 2))
    await record('run-21', [gap(1)])
    const conflict = (key: string): Conflict => ({
      ...{
        key,
        kind: 'vm',
        label: key,
        field: 'name',
        code: 'both-changed',
        detail: '',
        netbox_id: 1
      },
      ...{ proxmox: 'a', netbox: 'b', decisions: [] }
    })
    const name = (runId: string, keys: string[]) =>
      recordConflicts(database, { ...writerOf(runId), conflicts: keys.map(conflict), last: true })
    await name('run-20', ['vm:open', 'vm:gone', 'vm:decided'])
    await database.orm
      .update(conflicts)
      .set({ state: 'decided' })
      .where(eq(conflicts.key, 'vm:decided'))
    await name('run-21', ['vm:open'])
    await recordIntents(database, {
      ...writerOf('run-20'),
      intents: [{ ...change('vm:lost', {}), values: {} }]
    })
    await write('run-20', [change('vm:refused', { name: 'x' })], 'refused')
    const all = await database.orm.select({ id: writers.runId }).from(writers)
    kept = all.map(({ id }) => id)
    t.same(await purgeBefore(daysFrom(-1)), none)
    t.same(await purgeBefore(daysFrom(1)), { ...none, gaps: 1, conflicts: 1 })
    kept = []
    await purgeBefore(daysFrom(2))
    const gapsLeft = await database.orm.select().from(gaps).orderBy(gaps.vmid)
    t.same(
      gapsLeft.map(({ vmid, isOpen }) => [vmid, isOpen]),
      [
        [1, true],
        [2, false]
      ]
    )
    const left = await database.orm.select().from(conflicts).orderBy(conflicts.key)
    t.same(
      left.map(({ state }) => state),
      ['decided', 'open']
    )
    t.match(await readIntents(database, { netbox }), { results: [{ key: 'vm:lost' }] })
    t.match(await readQuarantine(database, { netbox }), { results: [{ key: 'vm:refused' }] })
    t.same(await purgeBefore(daysFrom(4)), { ...none, gaps: 1 }, 'so long it was acknowledged')
    inUse = { clusters: [], endpoints: [], merged: [], netboxes: [] }
    await purgeBefore(daysFrom(-1))
    const [last] = await database.orm.select().from(gaps)
    t.match(last, { isOpen: false }, 'nothing is in use any more')
    const now = await database.orm.select().from(conflicts).orderBy(conflicts.key)
    t.same(
      now.map(({ state }) => state),
      ['decided', 'gone']
    )
    t.same((await readQuarantine(database, { netbox })).results, [])
    t.match(await readIntents(database, { netbox }), { results: [{ key: 'vm:lost' }] })
  }
)

t.test('of two inventories one purges, and an end is heard', async (t) => {
  await write('run-30', [change('vm:c4/qemu/1', { name: 'a' })])
  await other.transaction(async (tx) => {
    t.ok(await tryLock(tx, 'proxbox:inventory:retention'))
    t.same(await purgeBefore(daysFrom(1)), none)
  })
  t.same(await purge({ database, bus }, daysFrom(1), AbortSignal.abort()), none)
  await other.transaction(async (tx) => {
    await tx.select().from(items).where(eq(items.key, 'vm:c4/qemu/1')).for('update')
    await t.rejects(purgeBefore(daysFrom(1)), 'a Run that writes is not waited for')
  })
  t.match(await purgeBefore(daysFrom(1)), { runs: 1, changes: 1 })
})

t.test('each statement walks along indexes', async (t) => {
  await database.orm.execute(
    sql`truncate inventory.change, inventory.item, inventory.writer, inventory.gap, inventory.conflict`
  )
  await fill()
  const old = daysFrom(-90)
  await isIndexed(t, deletePage('run-7', 0), [
    'change_run_id_id_pk',
    'held_item_netbox_key_pk',
    'item_key'
  ])
  await isIndexed(t, deletePlan('run-7'), ['plan_pkey', 'change_'])
  await isIndexed(t, deleteWriter('run-7'), ['writer_pkey', 'change_'])
  await isIndexed(t, oldRuns(old, { run_id: '', last_seen: '-infinity' }), ['writer_last_seen'])
  await isIndexed(t, deleteGaps(old), ['gap_closed', 'gap_pkey'])
  await isIndexed(t, deleteConflicts(old), ['conflict_gone', 'conflict_pkey'])
  const canary = await scansOf(sql`delete from inventory.change where label = 'x'`)
  t.same(canary, ['Seq Scan change'])
})

/** Each table about as long as after a year of Runs. */
async function fill() {
  await database.orm.execute(sql`
    insert into inventory.item (netbox, key, kind, label, netbox_id, origin, last_written, evidence, run_id)
    select 'b1', 'vm:c1/qemu/' || n, 'vm', 'vm ' || n, n, 'created', jsonb_build_object('name', 'vm ' || n, 'comments', repeat('x', 400)), '{}', 'run-1'
    from generate_series(1, 70000) n`)
  await database.orm.execute(sql`
    insert into inventory.change (run_id, netbox, key, kind, action, netbox_id, label, origin, before, after, why, outcome, written)
    select 'run-' || (n / 1000), 'b1', 'vm:c1/qemu/' || n, 'vm', 'update', n, 'vm ' || n, 'created', '{}', '{"name": "a"}', '{}', 'done', '{"name": true}'
    from generate_series(1, 70000) n`)
  await database.orm.execute(sql`
    insert into inventory.held_item (netbox, key, kind, label, run_id)
    select 'b1', 'vm:c1/qemu/' || n, 'vm', 'vm', 'run-1' from generate_series(1, 20000) n`)
  await database.orm.execute(sql`
    insert into inventory.writer (run_id, attempt, last_seen)
    select 'run-' || n, 1, now() - n * interval '1 minute' from generate_series(1, 150000) n`)
  await database.orm.execute(sql`
    insert into inventory.plan (run_id, sha256, count, held) select 'run-' || n, 'x', 1, 1 from generate_series(1, 20000) n`)
  await database.orm.execute(sql`
    insert into inventory.gap (gap_key, cluster, scope, facet, reason, detail, is_open, run_id, last_updated)
    select n, 'c1', 'guest', 'agent', 'timeout', 'x', n % 2 = 0, 'run-1', now() - n * interval '5 minutes' from generate_series(1, 30000) n`)
  await database.orm.execute(sql`
    insert into inventory.conflict (netbox, key, field, code, kind, label, detail, decisions, state, run_id, last_updated)
    select 'b1', n, '', 'ambiguous', 'vm', 'x', 'x', '[]', case when n % 2 = 0 then 'gone' else 'open' end, 'run-1', now() - n * interval '5 minutes'
    from generate_series(1, 30000) n`)
  await database.orm.execute(sql`analyze`)
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Node[]
}

/** How a statement finds its rows: by which index, or `Seq Scan` and the table. */
async function scansOf(statement: ReturnType<typeof sql>): Promise<string[]> {
  const [row] = await database.orm.execute<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    sql`explain (format json) ${statement}`
  )
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)]
  const nodes = row === undefined ? [] : flat(row['QUERY PLAN'][0].Plan)
  return nodes.flatMap((node) => {
    if (node['Index Name'] !== undefined) return [node['Index Name']]
    return node['Node Type'] === 'Seq Scan' ? [`Seq Scan ${node['Relation Name']}`] : []
  })
}

async function isIndexed(t: Test, statement: ReturnType<typeof sql>, wanted: readonly string[]) {
  const scans = await scansOf(statement)
  t.notOk(
    scans.find((scan) => scan.startsWith('Seq Scan')),
    scans.join(', ')
  )
  for (const index of wanted)
    t.ok(
      scans.some((scan) => scan.startsWith(index)),
      `${index} among ${scans.join(', ')}`
    )
}
