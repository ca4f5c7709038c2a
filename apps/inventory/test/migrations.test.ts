import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { migrate, openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t from 'tap'
import { readAppliedPage, readPlanPage } from '../src/plans/plan-pages.ts'

const run = promisify(execFile)
const app = fileURLToPath(new URL('..', import.meta.url))

t.test('the committed migrations make exactly the tables of the schema', async (t) => {
  // drizzle-kit takes its folder as a path below the working directory.
  await mkdir(join(app, '.tap'), { recursive: true })
  const copy = await mkdtemp(join(app, '.tap', 'migrations-'))
  t.teardown(() => rm(copy, { recursive: true }))
  await cp(join(app, 'src/db/migrations'), copy, { recursive: true })
  const before = (await readdir(copy)).sort()
  const library = createRequire(import.meta.url).resolve('drizzle-kit')
  const flags = ['--dialect', 'postgresql', '--casing', 'snake_case']
  const paths = ['--schema', './src/db/schema.ts', '--out', `./${relative(app, copy)}`]
  const { stdout } = await run(
    process.execPath,
    [join(dirname(library), 'bin.cjs'), 'generate', ...flags, ...paths],
    { cwd: app, timeout: 60_000 }
  )
  t.match(stdout, /No schema changes/)
  t.same((await readdir(copy)).sort(), before)
})

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
  const folder = join(app, 'src/db/migrations')
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
