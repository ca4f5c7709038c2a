import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asc, migrate, openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t from 'tap'
import { runs } from '../src/db/schema.ts'

const committed = fileURLToPath(new URL('../src/db/migrations', import.meta.url))

t.test('Runs from before know what they have written, and what became of them', async (t) => {
  const postgres = await openTestPostgres()
  t.teardown(() => postgres.stop())
  const options = { url: postgres.url, applicationName: 'test', schema: 'orchestrator' }
  const database = await openDatabase(options)
  t.teardown(() => database.close())
  const old = await mkdtemp(join(tmpdir(), 'proxbox-migrations-'))
  t.teardown(() => rm(old, { recursive: true }))
  await cp(committed, old, { recursive: true })
  const journal = join(old, 'meta/_journal.json')
  const { entries, ...facts } = JSON.parse(await readFile(journal, 'utf8')) as { entries: object[] } // drizzle-kit's
  await writeFile(journal, JSON.stringify({ ...facts, entries: entries.slice(0, 1) }))
  await migrate(database, { folder: old, name: 'orchestrator' })
  const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
  const add = (
    n: number,
    mode: string,
    state: string,
    more: { parent?: number; created?: number }
  ) => {
    const counts = { device: { count: 1, created: more.created ?? 0, updated: 0, deleted: 0 } }
    return database.orm.execute(sql`
      insert into orchestrator.run (run_id, name, "group", parent, origin, sync_types, scope, options, mode, state,
        netbox_endpoint_id, netbox_name, netbox, lease_ms, plan_run_id, counts, "user", timeout_seconds)
      values (${uuid(n)}, 'old', ${uuid(0)}, ${more.parent ?? null}, 'api', '[]', '{}', '{}', ${mode}, ${state},
        1, 'nb', 'b1', 1000, ${more.parent === undefined ? null : uuid(more.parent)}, ${JSON.stringify(counts)}::jsonb, 'ada', 60)`)
  }
  await add(1, 'plan', 'succeeded', {})
  await add(2, 'apply', 'succeeded', { parent: 1, created: 4 })
  await add(3, 'sync', 'succeeded', {})
  await add(4, 'plan', 'awaiting_approval', {})
  await migrate(database, { folder: committed, name: 'orchestrator' })
  const rows = await database.orm.select().from(runs).orderBy(asc(runs.id))
  t.same(
    rows.map((row) => [row.hasWritten, row.appliedBy, row.awaitingSince !== null]),
    [
      [false, 2, false],
      [true, null, false],
      [false, null, false],
      [false, null, true]
    ]
  )
})
