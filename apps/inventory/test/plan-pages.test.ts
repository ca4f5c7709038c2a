import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type Change, changeText } from '@proxbox/contracts'
import { type Database, migrate, openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t, { type Test } from 'tap'
import {
  isApprovable,
  isWritten,
  readAppliedPage,
  readPlanPage,
  rowsOfRun
} from '../src/plans/plan-pages.ts'
import { planSummary } from '../src/plans/plan-summary.ts'
import { readRunPlan } from '../src/plans/read-run-plan.ts'
import { storePlanPage } from '../src/plans/store-plan.ts'

const rowsStored = 100_000
const pageSize = 100

const postgres = await openTestPostgres()
t.teardown(() => postgres.stop())
const database = await openDatabase({
  url: postgres.url,
  applicationName: 'test',
  schema: 'inventory',
  statementTimeoutMs: 60_000
})
t.teardown(() => database.close())
const folder = fileURLToPath(new URL('../src/db/migrations', import.meta.url))
await migrate(database, { folder, name: 'inventory' })

/** Rows of one Run, as many as asked for, all of one outcome. */
const fill = (runId: string, rows: number, outcome: 'planned' | 'done') =>
  database.orm.execute(sql`
    insert into inventory.change (run_id, netbox, key, kind, action, label, origin, before, after, why, outcome, hash, written, approvable)
    select ${runId}, 'b1', 'vm:c1/qemu/' || n, 'vm', 'create', 'vm ' || n, 'created', '{}', jsonb_build_object('name', 'vm ' || n),
      '{"name": {"policy": "source", "reason": "Proxmox says so"}}', ${outcome}, encode(sha256(convert_to(n::text, 'UTF8')), 'hex'),
      case when ${outcome} = 'done' then '{"name": true}'::jsonb end, ${outcome} = 'planned'
    from generate_series(1, ${rows}::integer) n`)

interface Node {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Rows Removed by Filter'?: number
  readonly 'Actual Rows': number
  readonly Plans?: readonly Node[]
}

/** What Postgres does for a query, from the top down. */
async function nodesOf(query: { getSQL(): ReturnType<typeof sql> }): Promise<Node[]> {
  const [row] = await database.orm.execute<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    sql`explain (analyze, format json) ${query.getSQL()}`
  )
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)]
  return row === undefined ? [] : flat(row['QUERY PLAN'][0].Plan)
}

/** The whole query is one walk along one index, over no row that it does not return. */
async function isOneWalk(
  t: Test,
  query: ReturnType<typeof rowsOfRun>,
  { index, rows }: { index: string; rows: number }
) {
  const nodes = await nodesOf(query)
  t.same(
    nodes.map((node) => [node['Node Type'], node['Index Name']]),
    [
      ['Limit', undefined],
      ['Index Scan', index]
    ]
  )
  for (const node of nodes) {
    t.equal(node['Actual Rows'], rows)
    t.notOk(node['Rows Removed by Filter'], 'nothing is read for nothing')
  }
}

await fill('planned', rowsStored, 'planned')
await fill('written', rowsStored, 'done')
await fill('another', 20_000, 'planned')
await fill('waiting', 20_000, 'done')
const change: Change = {
  key: 'vm:c1/qemu/1',
  kind: 'vm',
  action: 'update',
  netbox_id: 1,
  before: { name: 'a' },
  after: { name: 'b' },
  why: {},
  label: 'vm 1',
  origin: 'created'
}
const held = { change, guard: 'budget', code: 'ITEM_HELD', reason: 'too many renames' }
const page = { netbox: 'b1', run_id: 'waiting', attempt: 1, page: 1 }
await storePlanPage(database, { ...page, changes: [], held: [held] })
await database.orm.execute(sql`analyze inventory.change`)

const firstOf = async (runId: string, offset: number): Promise<number> => {
  const [row] = await database.orm.execute<{ id: number }>(
    sql`select id from inventory.change where run_id = ${runId} order by id offset ${offset} limit 1`
  )
  return (row?.id ?? 0) - 1
}

t.test(`each page of a Plan of ${rowsStored} Changes is one walk along an index`, async (t) => {
  for (const offset of [0, rowsStored / 2, rowsStored - pageSize]) {
    const after = await firstOf('planned', offset)
    const query = { run_id: 'planned', after, limit: pageSize }
    await isOneWalk(t, rowsOfRun(database, query), { index: 'change_run_id_id_pk', rows: pageSize })
    const approvable = rowsOfRun(database, query, isApprovable)
    await isOneWalk(t, approvable, { index: 'change_approvable', rows: pageSize })
  }
  const written = { run_id: 'written', after: 0, limit: pageSize }
  await isOneWalk(t, rowsOfRun(database, written, isWritten), {
    index: 'change_written',
    rows: pageSize
  })
  const waiting = { run_id: 'waiting', after: 0, limit: pageSize }
  await isOneWalk(t, rowsOfRun(database, waiting, isApprovable), {
    index: 'change_approvable',
    rows: 1
  })
})

t.test('the canary: a filter without its index is no such walk', async (t) => {
  const query = { run_id: 'waiting', after: 0, limit: pageSize }
  const nodes = await nodesOf(rowsOfRun(database, query, sql`outcome = 'held'`))
  t.ok(nodes.some((node) => (node['Rows Removed by Filter'] ?? 0) > 0))
})

t.test('the pages hold every Change once, and the sum is over all of them', async (t) => {
  const whole = createHash('sha256')
  for (let n = 1; n <= rowsStored; n += 1)
    whole.update(createHash('sha256').update(String(n)).digest('hex'))
  const sha256 = whole.digest('hex')
  const first = await readRunPlan(database, 'planned', {})
  t.match(first, { sha256, count: rowsStored, held: 0, results: { length: pageSize } })
  t.same(await nodeTypes(sql`select * from inventory.plan where run_id = 'planned'`), [
    'Index Scan plan_pkey'
  ])
  t.equal((await pagesOf(database, 'planned')).size, rowsStored)
})

t.test('what a finished Run still holds for approval', async (t) => {
  t.match(await readPlanPage(database, { run_id: 'waiting' }), {
    results: [{ change: { key: change.key, after: { name: 'b' } } }],
    next: null
  })
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  t.match(await planSummary(database, 'waiting'), {
    sha256: hash(hash(changeText(change))),
    count: 1,
    held: 1
  })
  const applied = await readAppliedPage(database, { run_id: 'waiting' })
  t.equal(applied.results.length, 500)
  t.type(applied.next, 'number')
})

const nodeTypes = async (query: ReturnType<typeof sql>): Promise<string[]> =>
  (await nodesOf({ getSQL: () => query })).map(
    (node) => `${node['Node Type']} ${node['Index Name'] ?? ''}`
  )

async function pagesOf(from: Database, runId: string): Promise<Set<string>> {
  const keys = new Set<string>()
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof readPlanPage>> = await readPlanPage(from, {
      run_id: runId,
      after
    })
    for (const { change: one } of page.results) keys.add(one.key)
    after = page.next
  }
  return keys
}
