import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { asc, migrate, openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import t, { type Test } from 'tap'
import { runs } from '../src/db/schema.ts'

const run = promisify(execFile)
const app = fileURLToPath(new URL('..', import.meta.url))
const committed = join(app, 'src/db/migrations')

async function copyOf(t: Test): Promise<string> {
  // drizzle-kit takes its folder as a path below the working directory.
  await mkdir(join(app, '.tap'), { recursive: true })
  const copy = await mkdtemp(join(app, '.tap', 'migrations-'))
  t.teardown(() => rm(copy, { recursive: true }))
  await cp(committed, copy, { recursive: true })
  return copy
}

t.test('the committed migrations make exactly the tables of the schema', async (t) => {
  const copy = await copyOf(t)
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

t.test('Runs from before know what they have written, and what became of them', async (t) => {
  const postgres = await openTestPostgres()
  t.teardown(() => postgres.stop())
  const options = { url: postgres.url, applicationName: 'test', schema: 'orchestrator' }
  const database = await openDatabase(options)
  t.teardown(() => database.close())
  const old = await copyOf(t)
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
