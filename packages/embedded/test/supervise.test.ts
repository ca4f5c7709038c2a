import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readTestEnvironment } from '../src/config.ts'
import { readCommandLine } from '../src/end-orphan.ts'
import {
  type ChildEvent,
  findNatsServer,
  openNats,
  openPostgres,
  type ProcessDescription,
  StartFailed,
  samePort,
  supervise
} from '../src/index.ts'
import { sendSignal } from '../src/spawn-child.ts'
import { freshFolder, until, untilGone } from './fixtures.ts'

const script = join(import.meta.dirname, 'service-process.ts')
const { path: binary } = await findNatsServer(readTestEnvironment())

function service(folder: string, name: string, fault = 'none'): ProcessDescription {
  return {
    name,
    command: process.execPath,
    args: [script, fault],
    env: { GREETING: `hello ${name}` },
    cwd: folder,
    logFile: join(folder, `${name}.log`)
  }
}

function recorder() {
  const events: ChildEvent[] = []
  return {
    events,
    onEvent: (event: ChildEvent) => void events.push(event),
    of: (state: ChildEvent['state']) =>
      events.filter((event) => event.state === state).map((event) => event.child)
  }
}

t.test('groups start in order, stop in reverse, and pass on what they say', async (t) => {
  const folder = await freshFolder(t)
  const record = recorder()
  const supervisor = await supervise({
    groups: [[service(folder, 'first')], [service(folder, 'second')]],
    onEvent: record.onEvent
  })
  t.same(record.of('ready'), ['first', 'second'])
  const { first = 0, second = 0 } = supervisor.pids()
  t.same(supervisor.ready('second'), { ready: true, greeting: 'hello second' })
  await Promise.all([supervisor.stop(), supervisor.stop()])
  t.same(record.of('stopped'), ['second', 'first'])
  t.same(supervisor.pids(), {})
  t.throws(() => supervisor.kill('first', 'SIGTERM'), { message: 'first does not run' })
  await untilGone([first, second])
  t.match(await readFile(join(folder, 'first.log'), 'utf8'), /service starts/)
})

t.test('a service that fails at its first start is named, with its last lines', async (t) => {
  const folder = await freshFolder(t)
  const record = recorder()
  const groups = [[service(folder, 'sound')], [service(folder, 'broken', 'refuse')]]
  const error: unknown = await supervise({ groups, onEvent: record.onEvent }).catch((e) => e)
  if (!(error instanceof StartFailed)) throw new Error(`not a StartFailed: ${error}`)
  t.equal(error.child, 'broken')
  t.match(error.message, /^broken did not start: it ended with code 3/)
  t.match(error.message, /NATS_URL is missing/)
  t.same(record.of('failed'), ['broken'])
  t.same(record.of('stopped'), ['broken', 'sound'])

  const silent = { ...service(folder, 'silent', 'silent'), readyTimeoutMs: 300 }
  await t.rejects(supervise({ groups: [[silent]] }), { message: /not ready after 300 ms/ })
  const missing = { ...service(folder, 'missing'), command: join(folder, 'nothing') }
  await t.rejects(supervise({ groups: [[missing]] }), { child: 'missing', message: /ENOENT/ })
})

t.test('pauses between restarts grow, and a steady child begins anew', async (t) => {
  const folder = await freshFolder(t)
  const record = recorder()
  const supervisor = await supervise({
    groups: [[service(folder, 'service')]],
    restartDelaysMs: [10, 20, 40],
    steadyMs: 60_000,
    onEvent: record.onEvent
  })
  t.teardown(() => supervisor.stop())
  for (let count = 1; count <= 4; count += 1) {
    supervisor.kill('service', 'SIGKILL')
    await until(() => record.of('ready').length === count + 1)
  }
  const details = (state: ChildEvent['state']) =>
    record.events.filter((event) => event.state === state).map((event) => event.detail)
  t.same(details('restarting'), ['in 10 ms', 'in 20 ms', 'in 40 ms', 'in 40 ms'])
  t.same(details('exited'), ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL'])

  const steady = recorder()
  const other = await supervise({
    groups: [[service(folder, 'other')]],
    restartDelaysMs: [10, 5_000],
    steadyMs: 0,
    onEvent: steady.onEvent
  })
  t.teardown(() => other.stop())
  for (let count = 1; count <= 2; count += 1) {
    other.kill('other', 'SIGKILL')
    await until(() => steady.of('ready').length === count + 1)
  }
})

t.test('a deaf service and a grandchild are ended by force', async (t) => {
  const folder = await freshFolder(t)
  const deaf = { ...service(folder, 'deaf', 'deaf'), stopTimeoutMs: 200 }
  const supervisor = await supervise({ groups: [[deaf, service(folder, 'parent', 'parent')]] })
  const said = supervisor.ready('parent')
  const sleeper =
    typeof said === 'object' && said !== null && 'sleeper' in said ? Number(said.sleeper) : 0
  t.match(await readCommandLine(sleeper), /sleep/)
  const pids = Object.values(supervisor.pids())
  await supervisor.stop()
  await untilGone([...pids, sleeper])
})

t.test('an abort during the start stops what runs already', async (t) => {
  const folder = await freshFolder(t)
  const stopping = new AbortController()
  const record = recorder()
  const onEvent = (event: ChildEvent) => {
    record.onEvent(event)
    if (event.child === 'silent') stopping.abort(new Error('enough'))
  }
  const groups = [[service(folder, 'sound')], [service(folder, 'silent', 'silent')]]
  await t.rejects(supervise({ groups, onEvent }, stopping.signal), { message: 'enough' })
  t.same(record.of('stopped'), ['silent', 'sound'])
})

t.test('servers that are killed come back on their ports', async (t) => {
  const folder = await freshFolder(t)
  const urls: string[] = []
  const noted = <Server extends { url: string }>(server: Server): Server => {
    urls.push(server.url)
    return server
  }
  const record = recorder()
  const nats = samePort(async (port, signal) =>
    noted(await openNats({ binary, dataDir: join(folder, 'nats'), port }, signal))
  )
  const postgres = samePort(async (port, signal) =>
    noted(await openPostgres({ dataDir: join(folder, 'postgres'), port }, signal))
  )
  const supervisor = await supervise({
    groups: [
      [
        { name: 'nats', start: nats },
        { name: 'postgres', start: postgres }
      ]
    ],
    restartDelaysMs: [10],
    onEvent: record.onEvent
  })
  supervisor.kill('nats', 'SIGKILL')
  supervisor.kill('postgres', 'SIGKILL')
  await until(() => urls.length === 4 && Object.keys(supervisor.pids()).length === 2, 20_000)
  t.same(urls.slice(2).toSorted(), urls.slice(0, 2).toSorted())
  await supervisor.stop()
})

interface Pids {
  readonly nats: number
  readonly postgres: number
  readonly service: number
  readonly reaper: number
}

async function forkSupervisor(folder: string) {
  const process = fork(join(import.meta.dirname, 'supervisor-process.ts'), [folder], {
    detached: true,
    silent: true
  })
  let complaints = ''
  process.stderr?.on('data', (part) => {
    complaints += part
  })
  const events: ChildEvent[] = []
  const pids = new Promise<Pids>((resolve, reject) => {
    process.on('message', (message: { pids?: Pids } & ChildEvent) => {
      if (message.pids) resolve(message.pids)
      else events.push(message)
    })
    process.once('exit', () => reject(new Error(complaints)))
  })
  return { process, pid: process.pid ?? 0, events, pids: await pids }
}

for (const [name, target, signal] of [
  ['SIGTERM', 1, 'SIGTERM'],
  ['Ctrl-C, which reaches the whole group', -1, 'SIGINT']
] as const) {
  t.test(`${name} stops all in order`, async (t) => {
    const { process, pid, pids, events } = await forkSupervisor(await freshFolder(t))
    sendSignal(target * pid, signal)
    const [code] = await once(process, 'exit')
    t.equal(code, 0)
    const ended = events.filter((event) => event.state === 'stopped').map((event) => event.child)
    t.equal(ended[0], 'service')
    t.equal(events.filter((event) => event.state === 'exited').length, 0)
    await untilGone(Object.values(pids))
  })
}

t.test('kill -9 of the supervisor leaves no process: the reaper ends the groups', async (t) => {
  const { pid, pids } = await forkSupervisor(await freshFolder(t))
  sendSignal(pid, 'SIGKILL')
  await untilGone(Object.values(pids))
})

t.test('kill -9 of supervisor and reaper: the next start ends the orphans', async (t) => {
  const folder = await freshFolder(t)
  const { process, pid, pids } = await forkSupervisor(folder)
  const rival = openNats({ binary, dataDir: join(folder, 'nats') })
  await t.rejects(rival, { message: new RegExp(`in use by process ${pid}`) })
  sendSignal(pids.reaper, 'SIGSTOP')
  sendSignal(pid, 'SIGKILL')
  sendSignal(pids.reaper, 'SIGKILL')
  await once(process, 'exit')
  // The service stops by itself when the channel to its parent closes.
  await untilGone([pids.service, pids.reaper])
  t.ok(await readCommandLine(pids.nats))
  t.ok(await readCommandLine(pids.postgres))
  const next = await forkSupervisor(folder)
  await untilGone([pids.nats, pids.postgres])
  sendSignal(next.pid, 'SIGTERM')
  await once(next.process, 'exit')
  await untilGone(Object.values(next.pids))
})

t.test('a reaper that is killed is replaced', async (t) => {
  const { pid, pids } = await forkSupervisor(await freshFolder(t))
  sendSignal(pids.reaper, 'SIGKILL')
  await untilGone([pids.reaper])
  await until(async () => (await childrenOf(pid)).some((command) => command.startsWith('/bin/sh')))
  sendSignal(pid, 'SIGKILL')
  await untilGone([pids.nats, pids.postgres, pids.service])
})

async function childrenOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const commands = await Promise.all(
    text
      .split(' ')
      .filter(Boolean)
      .map((child) => readCommandLine(Number(child)))
  )
  return commands.filter((command) => command !== undefined)
}
