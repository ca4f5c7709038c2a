import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

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
