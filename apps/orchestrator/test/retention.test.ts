import { fileURLToPath } from 'node:url'
import type { Principal } from '@proxbox/contracts'
import { asc, type Database, eq, migrate, openDatabase, sql, tryLock } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t, { type Test } from 'tap'
import { runs } from '../src/db/schema.ts'
import { readKeptRuns } from '../src/retention/kept-runs.ts'
import { deleteRuns, oldRuns, purgeRuns } from '../src/retention/purge-runs.ts'
import { rerunRun, undoRun } from '../src/runs/actions.ts'

const postgres = await openTestPostgres()
t.teardown(() => postgres.stop())
const open = () =>
  openDatabase({ url: postgres.url, applicationName: 'test', schema: 'orchestrator' })
const [database, other] = [await open(), await open()]
t.teardown(() => Promise.all([database, other].map((one) => one.close())))
const folder = fileURLToPath(new URL('../src/db/migrations', import.meta.url))
await migrate(database, { folder, name: 'orchestrator' })

const now = new Date('2026-11-24T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)
const before = daysAgo(90)
const { signal } = new AbortController()
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A Run of this number that ended so many days ago; null = it has not ended. */
const add = (n: number, ended: number | null, more: Partial<typeof runs.$inferInsert> = {}) =>
  database.orm.insert(runs).values({
    runId: uuid(n),
    name: `run ${n}`,
    group: uuid(0),
    origin: 'api',
    syncTypes: [],
    scope: { proxmox_endpoint_ids: [], netbox_vm_ids: [] },
    options: {},
    mode: 'sync',
    state: ended === null ? 'queued' : 'succeeded',
    netboxEndpointId: 1,
    netboxName: 'nb',
    netbox: 'b1',
    leaseMs: 1000,
    user: 'ann',
    timeoutSeconds: 60,
    ended: ended === null ? null : daysAgo(ended),
    created: daysAgo(1000),
    ...more
  })
const left = async () => {
  const rows = await database.orm.select().from(runs).orderBy(asc(runs.runId))
  return rows.map(({ runId }) => Number(runId.slice(-12)))
}
const begin = async (t: Test) => {
  await database.orm.delete(runs)
  t.same(await left(), [])
}

t.test('what ended before retention goes, and nothing that is needed', async (t) => {
  await begin(t)
  await add(1, 91)
  await add(2, 89)
  for (const [n, state] of [3, 4, 5].map((n, i) => [
    n,
    ['queued', 'running', 'awaiting_approval'][i]
  ]))
    await add(Number(n), null, { state: state as 'queued' }) // one of these three
  await add(6, 200, { mode: 'plan' })
  await add(7, 10, { mode: 'apply', planRunId: uuid(6) })
  await add(8, 200)
  await add(9, null, { mode: 'undo', planRunId: uuid(8) })
  await add(10, 300)
  await add(11, 200, { mode: 'undo', planRunId: uuid(10) })
  t.same(await purgeRuns(database, before, signal), { runs: 3 })
  t.same(await left(), [2, 3, 4, 5, 6, 7, 8, 9], 'not the Run that an old undo took back')
  t.same(await purgeRuns(database, before, signal), { runs: 0 }, 'nothing is left to do')
  const asked = [uuid(1), uuid(2), uuid(6), 'no id']
  t.same((await readKeptRuns(database, asked)).kept.sort(), [uuid(2), uuid(6)])
  const loud = '0000000A-0000-4000-8000-00000000000B'
  await add(12, 1, { runId: loud })
  t.same(await readKeptRuns(database, [loud]), { kept: [loud] }, 'however it is spelled')
  await database.orm.delete(runs).where(eq(runs.runId, loud))
  t.same(await readKeptRuns(database, ['no id']), { kept: [] })
  t.same(await purgeRuns(database, daysAgo(5), signal), { runs: 3 }, 'by its own time')
  t.same(await left(), [3, 4, 5, 8, 9])
})

t.test('more than one batch, until it is stopped', async (t) => {
  await begin(t)
  await database.orm.execute(fill(450))
  t.same(await purgeRuns(database, before, AbortSignal.abort()), { runs: 0 })
  t.same(await purgeRuns(database, before, signal), { runs: 450 })
})

t.test('of two orchestrators one purges', async (t) => {
  await begin(t)
  await add(1, 91)
  await other.transaction(async (tx) => {
    t.ok(await tryLock(tx, 'proxbox:orchestrator:retention'))
    t.same(await purgeRuns(database, before, signal), { runs: 0 })
  })
  t.same(await purgeRuns(database, before, signal), { runs: 1 })
})

t.test(
  'what a person wants to take back does not go meanwhile, and what is gone is said',
  async (t) => {
    const principal: Principal = { user: 'ann', superuser: true, permissions: [], write: true }
    const netbox = { name: 'nb', enabled: true, write_mode: { value: 'budget', label: '' } }
    const bus = { ask: async <T>() => netbox as T } // what is looked at of the NetBox Endpoint
    const parts = { database, bus }
    await begin(t)
    await add(1, 91, { hasWritten: true })
    const [row] = await database.orm.select().from(runs)
    const wanted = { id: String(row?.id), principal }
    await other.transaction(async (tx) => {
      await tx.select().from(runs).for('share') // as an undo does that is being stored
      t.same(await purgeRuns(database, before, signal), { runs: 0 })
    })
    const undo = await undoRun(parts, { ...wanted, isPlanOnly: false })
    t.same(await purgeRuns(database, before, signal), { runs: 0 }, 'the undo waits for its turn')
    await database.orm.update(runs).set({ ended: daysAgo(92), state: 'succeeded' })
    t.same(await purgeRuns(database, daysAgo(91.5), signal), { runs: 2 })
    await t.rejects(undoRun(parts, { ...wanted, isPlanOnly: false }), {
      code: 'NOT_FOUND',
      message: /^No Run with id \d+: .* or ended more than run_retention_days ago\.$/
    })
    await add(2, 1, { mode: 'undo', planRunId: undo.runId })
    const [orphan] = await database.orm.select().from(runs)
    await t.rejects(rerunRun(parts, { id: String(orphan?.id), principal }), {
      code: 'CONFLICT',
      message: /^Run \S+, whose Plan or Changes this needs, .* not kept any more: start a new plan/
    })
  }
)

t.test('each statement walks along indexes', async (t) => {
  await begin(t)
  await database.orm.execute(fill(20_000))
  await database.orm.execute(sql`
    update orchestrator.run set ended = ${now.toISOString()}::timestamptz where id % 50 <> 0`)
  await database.orm.execute(sql`
    update orchestrator.run set plan_run_id = gen_random_uuid() where id % 5 = 0`)
  await database.orm.execute(sql`vacuum analyze orchestrator.run`)
  const some = Array.from({ length: 100 }, (_, n) => n + 1)
  t.same(await indexesOf(database, oldRuns(before)), ['run_ended', 'run_plan'])
  t.same(await indexesOf(database, deleteRuns(some, before)), ['run_pkey', 'run_plan'])
  const canary = sql`select from orchestrator.run where name = 'x'`
  t.same(await indexesOf(database, canary), ['Seq Scan'])
})

const fill = (rows: number) => sql`
  insert into orchestrator.run (run_id, name, "group", origin, sync_types, scope, options, mode, state, netbox_endpoint_id,
    netbox_name, netbox, lease_ms, "user", timeout_seconds, ended)
  select gen_random_uuid(), 'run ' || n, ${uuid(0)}::uuid, 'api', '[]', '{}', '{}', 'sync', 'succeeded', 1, 'nb', 'b1', 1000, 'ann', 60,
    ${before.toISOString()}::timestamptz - n * interval '1 minute'
  from generate_series(1, ${rows}::integer) n`

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Node[]
}

/** By which indexes a statement finds rows of the table; `Seq Scan` where by none. */
async function indexesOf(of: Database, statement: ReturnType<typeof sql>): Promise<string[]> {
  const [row] = await of.orm.execute<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    sql`explain (format json) ${statement}`
  )
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)]
  const nodes = row === undefined ? [] : flat(row['QUERY PLAN'][0].Plan)
  return nodes
    .filter(
      (node) =>
        /Scan$/.test(node['Node Type']) &&
        /^run/.test(node['Relation Name'] ?? node['Index Name'] ?? '')
    )
    .flatMap((node) => node['Index Name'] ?? (node['Node Type'] === 'Seq Scan' ? ['Seq Scan'] : []))
    .sort()
}
