import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t from 'tap'
import { readAppliedPage, readPlanPage } from '../src/plans/plan-pages.ts'

const folder = fileURLToPath(new URL('../src/db/migrations', import.meta.url))

t.test('what was written before can be undone after an upgrade', async (t) => {
  const postgres = await openTestPostgres()
  t.teardown(() => postgres.stop())
  const database = await openDatabase({
    url: postgres.url,
    applicationName: 'test',
    schema: 'inventory'
  })
  t.teardown(() => database.close())
  const first = await mkdtemp(join(tmpdir(), 'proxbox-migrations-'))
  t.teardown(() => rm(first, { recursive: true }))
  await cp(folder, first, { recursive: true })
  const journal = join(first, 'meta/_journal.json')
  const whole = JSON.parse(await readFile(journal, 'utf8'))
  await writeFile(journal, JSON.stringify({ ...whole, entries: whole.entries.slice(0, 1) }))
  await migrate(database, { folder: first, name: 'inventory' })
  await database.orm.execute(sql`
    insert into inventory.change (run_id, netbox, key, kind, action, label, origin, before, after, why, outcome)
    select 'run-1', 'b1', 'vm:' || outcome, 'vm', 'update', 'web', 'created', '{"name": "a"}', '{"name": "b"}', '{}', outcome
    from unnest(array['done', 'planned', 'refused']) as outcome`)
  await migrate(database, { folder, name: 'inventory' })
  const { results } = await readAppliedPage(database, { run_id: 'run-1' })
  t.match(results, [{ change: { key: 'vm:done', before: { name: 'a' }, after: { name: 'b' } } }])
  t.equal(results.length, 1)
  const planned = await readPlanPage(database, { run_id: 'run-1' })
  t.match(planned.results, [{ change: { key: 'vm:planned' } }])
  t.equal(planned.results.length, 1)
})
