import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChildEvent } from '@proxbox/embedded'
import t from 'tap'
import { type Stack, startStack } from '../src/stack/start-stack.ts'
import { runLine } from './fake-gateway.ts'

const home = await mkdtemp(join(tmpdir(), 'proxbox-home-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 3 }))
const env = { ...process.env, PROXBOX_HOME: home, PROXBOX_PORT: '0', LOG_LEVEL: 'warn' }
const services = ['collector', 'gateway', 'inventory', 'orchestrator', 'registry']

t.test('what is killed comes back, and nothing is left in the end', async (t) => {
  const events: ChildEvent[] = []
  const stack = await startStack(
    { home, env, restartDelaysMs: [50], onEvent: (event) => events.push(event) },
    AbortSignal.timeout(60_000)
  )
  t.teardown(() => stack.stop())
  const before = stack.supervisor.pids()
  t.same(Object.keys(before).sort(), [...services, 'nats', 'postgres'].sort())
  t.match(await doctor(stack), { code: 0 })
  for (const name of ['registry', 'gateway', 'nats', 'postgres']) {
    stack.kill(name, 'SIGKILL')
    await until(() => (stack.supervisor.pids()[name] ?? before[name]) !== before[name])
  }
  await until(async () => (await doctor(stack)).code === 0)
  t.same(
    events
      .filter(({ state }) => state === 'exited')
      .map(({ child }) => child)
      .sort(),
    ['gateway', 'nats', 'postgres', 'registry']
  )

  const second = startStack({ home, env }, AbortSignal.timeout(60_000))
  await t.rejects(second, { name: 'HomeInUse', message: /already runs on .* \(process \d+\)/ })
  const creds = await runLine('nats creds integration --json', { PROXBOX_HOME: home })
  t.match(JSON.parse(creds.out), { user: 'integration', url: stack.natsUrl, nkey_seed: /^SU/ })

  const pids = Object.values(stack.supervisor.pids())
  await stack.stop()
  t.same(pids.filter(isAlive), [])
  const left = await readdir(home)
  t.notOk(left.includes('url') || left.includes('owner'), 'nothing says that it runs')
})

t.test('secrets are readable by their owner alone, and none is in a log', async (t) => {
  const files = ['admin-token', 'encryption-key', 'backend-token', 'nkeys/gateway.seed']
  const secrets: string[] = []
  for (const file of files) {
    const path = join(home, file)
    t.equal((await stat(path)).mode & 0o777, 0o600, file)
    secrets.push((await readFile(path, 'utf8')).trim())
  }
  for (const name of await readdir(join(home, 'logs'))) {
    const text = await readFile(join(home, 'logs', name), 'utf8')
    t.same(
      secrets.filter((secret) => text.includes(secret)),
      [],
      name
    )
  }
})

t.test('Ctrl-C ends `proxbox up` with 0 and leaves no process', async (t) => {
  // This process has used the other home, and lives on.
  const fresh = await mkdtemp(join(tmpdir(), 'proxbox-home-'))
  t.teardown(() => rm(fresh, { recursive: true, force: true, maxRetries: 3 }))
  const up = spawnUp(['up', '--json'], { ...env, PROXBOX_HOME: fresh })
  const text = await up.firstLine
  const facts: { pids: Record<string, number>; url: string } = JSON.parse(text)
  t.equal((await fetch(`${facts.url}/livez`)).status, 200)
  up.child.kill('SIGINT')
  t.same(await up.exited, [0, null])
  t.same(Object.values(facts.pids).filter(isAlive), [])
})

t.test('a taken port and a wrong setting end the start with one sentence', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const taken = await runLine('up', { ...env, PROXBOX_PORT: port })
  t.equal(taken.code, 1)
  t.match(taken.err, new RegExp(`^proxbox: Port ${port} of 127.0.0.1 is taken[^\\n]*\\n$`))
  t.match((await runLine('up', { ...env, PROXBOX_PORT: 'x' })).err, /PROXBOX_PORT is "x"/)
  const wrong = await runLine('up', { ...env, PROXBOX_LEASE_MARGIN_MS: 'soon' })
  t.equal(wrong.code, 1)
  t.match(wrong.err, /^proxbox: orchestrator did not start: .*PROXBOX_LEASE_MARGIN_MS[^\n]*\n$/)
  t.notOk((await readdir(home)).includes('owner'))
})

const doctor = (stack: Stack) =>
  runLine('doctor', { PROXBOX_URL: stack.url, PROXBOX_TOKEN: stack.adminToken })

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error('it did not become so within 20 s')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function spawnUp(args: string[], environment: NodeJS.ProcessEnv) {
  const bin = join(import.meta.dirname, '..', 'bin', 'proxbox.mjs')
  const child = spawn(process.execPath, [bin, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const lines = createInterface({ input: child.stdout })
  const firstLine = Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    readText(child.stderr).then((text) => Promise.reject(new Error(`it ended: ${text}`)))
  ])
  return { child, firstLine, exited: once(child, 'exit') }
}
