import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { repositoryFiles, root } from '../src/checkout.ts'

const run = promisify(execFile)
const drizzleKit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs')
const schemas = repositoryFiles().filter((file) => file.endsWith('/src/db/schema.ts'))

/** What drizzle-kit adds to these migrations so that they make the tables of the schema; [] = nothing. */
async function addedTo(t: Test, app: string, migrations?: string): Promise<readonly string[]> {
  // drizzle-kit takes its folder as a path below the working directory.
  await mkdir(join(app, '.tap'), { recursive: true })
  const copy = await mkdtemp(join(app, '.tap', 'migrations-'))
  t.teardown(() => rm(copy, { recursive: true }))
  if (migrations !== undefined) await cp(migrations, copy, { recursive: true })
  const before = await readdir(copy)
  const flags = ['--dialect', 'postgresql', '--casing', 'snake_case', '--name', 'planted']
  const paths = ['--schema', './src/db/schema.ts', '--out', `./${relative(app, copy)}`]
  const { stdout } = await run(process.execPath, [drizzleKit, 'generate', ...flags, ...paths], {
    cwd: app,
    timeout: 60_000
  })
  const added = (await readdir(copy)).filter((file) => !before.includes(file))
  t.equal(/No schema changes/.test(stdout), added.length === 0, 'it says what it did')
  return added
}

t.test('the committed migrations of a service make exactly the tables of its schema', async (t) => {
  t.ok(schemas.length >= 3, 'the scan sees the services with tables')
  const looks = schemas.map(async (schema) => {
    const app = join(root, dirname(schema), '../..')
    t.same(await addedTo(t, app, join(app, 'src/db/migrations')), [], schema)
  })
  await Promise.all(looks)
})

t.test('canary: tables that no migration makes are found', async (t) => {
  const app = join(root, dirname(schemas[0] ?? ''), '../..')
  t.match([...(await addedTo(t, app))].sort(), ['0000_planted.sql', 'meta'])
})
