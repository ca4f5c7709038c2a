import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { findPython } from '../src/process/find-python.ts'
import { identityOf, isAlive } from '../src/process/process-identity.ts'
import { run } from '../src/process/run.ts'
import { endOrphans, startChild } from '../src/process/start-child.ts'
import { waitUntil } from '../src/process/wait-until.ts'
import { claimHome, readOwner, releaseHome } from '../src/real-netbox/owner.ts'

const signal = AbortSignal.timeout(30_000)
const limits = { timeoutMs: 10_000 }

const sleeper = (runFolder: string, name = 'sleeper') =>
  startChild({
    name,
    command: 'sleep',
    args: ['60'],
    cwd: '/',
    stopSignal: 'SIGTERM',
    runFolder
  })

t.test('a child ends when it is stopped, also one that ignores the polite signal', async (t) => {
  const runFolder = t.testdir()
  const child = await sleeper(runFolder)
  const identity = await identityOf(child.pid)
  t.equal(await isAlive(identity), true)
  await child.stop()
  t.equal(await isAlive(identity), false)
  const deaf = await startChild({
    name: 'deaf',
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo ready; sleep 60; sleep 60'],
    cwd: '/',
    stopSignal: 'SIGTERM',
    graceMs: 200,
    runFolder
  })
  await waitUntil(deaf, async () => (await deaf.tail()).includes('ready'), 10_000, signal)
  const deafIdentity = await identityOf(deaf.pid)
  await deaf.stop()
  await isGone(t, deafIdentity)
})

t.test('what a killed process left is ended by its pid file, and nobody else', async (t) => {
  const runFolder = t.testdir()
  const left = await sleeper(runFolder, 'left')
  const other = await sleeper(runFolder, 'other')
  t.teardown(() => other.stop())
  // The pid of `other` with the start time of somebody else: a pid that was given out again.
  const file = join(runFolder, 'other.pid')
  const written: object = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...written, startTicks: 1 }))
  const identity = await identityOf(left.pid)
  t.same(await endOrphans(runFolder, ['left', 'other', 'never-there']), ['left', 'other'])
  t.equal(await isAlive(identity), false)
  t.equal(other.isRunning(), true)
})

t.test('a process that is told to end takes its children along', async (t) => {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    const runFolder = t.testdir()
    const script = `
      import { startChild } from './src/process/start-child.ts'
      import { stopTogether } from './src/process/stop-together.ts'
      const together = stopTogether()
      const child = await startChild({ name: 'c', command: 'sleep', args: ['60'], cwd: '/',
        stopSignal: 'SIGTERM', runFolder: ${JSON.stringify(runFolder)} })
      together.add(child)
      setInterval(() => undefined, 1000)
      console.log(child.pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => parent.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: parent.stdout }), 'line', { signal })
    const identity = await identityOf(Number(line))
    t.equal(await isAlive(identity), true)
    parent.kill(name)
    const [, endedBy] = await once(parent, 'exit', { signal })
    t.equal(endedBy, name, 'it ends by the same signal')
    t.equal(await isAlive(identity), false)
  }
})

t.test('a program that fails or takes too long says what it said last', async (t) => {
  await t.rejects(run('sh', ['-c', 'echo why >&2; exit 3'], limits, signal), /why/)
  await t.rejects(run('sleep', ['60'], { timeoutMs: 50 }, signal), /time limit/)
  await t.rejects(run('no-such-program', [], limits, signal), /no-such-program/)
  t.equal(await run('sh', ['-c', 'echo $WORD'], { ...limits, env: { WORD: 'ok' } }, signal), 'ok\n')
})

t.test('a server that ends at once is told with its log', async (t) => {
  const child = await startChild({
    name: 'brief',
    command: 'sh',
    args: ['-c', 'echo no luck; exit 1'],
    cwd: '/',
    stopSignal: 'SIGTERM',
    runFolder: t.testdir()
  })
  await t.rejects(
    waitUntil(child, async () => false, 10_000, signal),
    /no luck/
  )
})

t.test('every Python is tried before it is believed', async (t) => {
  const userHome = t.testdir({ '.pyenv': { versions: { '3.99.0': { bin: {} }, '3.9.1': {} } } })
  const fake = join(userHome, '.pyenv/versions/3.99.0/bin/python3')
  const wish = { preferred: '/no/such/python', userHome, minimumMinor: 99 }
  await t.rejects(findPython(wish, signal), /PROXBOX_PYTHON/)
  await writeFile(fake, '#!/bin/sh\nexit 0\n')
  await chmod(fake, 0o755)
  // Versions from 3.12 to 3.19 are looked for; this one is too far ahead to be one.
  await t.rejects(findPython(wish, signal), /PROXBOX_PYTHON/)
  t.equal(await findPython({ ...wish, preferred: fake }, signal), fake)
})

t.test('a home has one owner, and a dead one owns nothing', async (t) => {
  const folder = t.testdir()
  await claimHome(folder, false)
  await t.rejects(claimHome(folder, false), /in use by process/)
  await releaseHome(folder)
  await writeFile(
    join(folder, 'owner.json'),
    JSON.stringify({ process: { pid: process.pid, startTicks: 1 }, isDaemon: true })
  )
  t.equal(await readOwner(folder), undefined)
  t.equal((await claimHome(folder, true)).isDaemon, true)
})

async function isGone(t: Test, identity: Parameters<typeof isAlive>[0]): Promise<void> {
  const end = Date.now() + 5000
  while ((await isAlive(identity)) && Date.now() < end) await new Promise(setImmediate)
  t.equal(await isAlive(identity), false)
}
