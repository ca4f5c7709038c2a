import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect, nkeyAuthenticator } from 'nats'
import postgres from 'postgres'
import t from 'tap'
import { readTestEnvironment } from '../src/config.ts'
import {
  createNkey,
  findNatsServer,
  openNats,
  openPostgres,
  openTestNats,
  openTestPostgres,
  StartFailed
} from '../src/index.ts'
import { sendSignal } from '../src/spawn-child.ts'
import { freshFolder, untilGone } from './fixtures.ts'

const { path: binary, version } = await findNatsServer(readTestEnvironment())
const bytes = (text: string) => new TextEncoder().encode(text)

async function readRow(url: string, query: string) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  const [row] = await sql.unsafe(query)
  await sql.end()
  return row
}

t.test('nats lets in who is in the authorization, and nobody else', async (t) => {
  const { seed, publicKey } = createNkey()
  const authorization = `authorization {\n  users = [\n    { nkey: ${publicKey} }\n  ]\n}`
  const server = await openTestNats({ authorization, maxPayload: 65_536 })
  t.teardown(() => server.stop())
  t.equal(server.version, version)
  const authenticator = nkeyAuthenticator(bytes(seed))
  const client = await connect({ servers: server.url, authenticator })
  t.equal(client.info?.max_payload, 65_536)
  t.equal(client.info?.jetstream, true)
  await client.close()
  const stranger = nkeyAuthenticator(bytes(createNkey().seed))
  await t.rejects(connect({ servers: server.url, authenticator: stranger }), {
    code: 'AUTHORIZATION_VIOLATION'
  })
})

t.test('nats keeps acknowledged messages over kill -9, on the same port', async (t) => {
  const dataDir = await freshFolder(t)
  const first = await openNats({ binary, dataDir })
  const client = await connect({ servers: first.url, reconnect: false })
  const manager = await client.jetstreamManager()
  await manager.streams.add({ name: 'KEPT', subjects: ['kept'] })
  await client.jetstream().publish('kept', 'once')
  sendSignal(first.pid, 'SIGKILL')
  t.same(await first.exited, { code: null, signal: 'SIGKILL' })
  await client.closed()
  await access(join(dataDir, 'nats.pid'))
  const second = await openNats({ binary, dataDir, port: first.port })
  t.equal(second.url, first.url)
  const again = await connect({ servers: second.url })
  const state = (await (await again.jetstreamManager()).streams.info('KEPT')).state
  t.equal(state.messages, 1)
  await again.close()
  await second.stop()
  await second.stop()
  t.equal((await second.exited).code, 0)
})

t.test(
  'a wrong configuration and a taken port are told with the words of the server',
  async (t) => {
    const dataDir = await freshFolder(t)
    const authorization = 'authorization { users = ['
    const wrong: unknown = await openNats({ binary, dataDir, authorization }).catch((e) => e)
    t.ok(wrong instanceof StartFailed && /Parse error on line/.test(wrong.message), String(wrong))
    const taken = createServer().listen(0, '127.0.0.1')
    t.teardown(() => taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    await t.rejects(openNats({ binary, dataDir, port }), { message: /address already in use/ })
    const aborted = AbortSignal.abort(new Error('enough'))
    await t.rejects(openNats({ binary, dataDir }, aborted), { message: 'enough' })
  }
)

t.test(
  'postgres keeps committed rows over kill -9, and half an initdb is cleared away',
  async (t) => {
    const folder = await freshFolder(t)
    const dataDir = join(folder, 'postgres')
    const half = join(dataDir, 'initdb-half')
    await mkdir(half, { recursive: true })
    await writeFile(join(half, 'PG_VERSION'), '18\n')
    const first = await openPostgres({ dataDir, settings: { work_mem: '3MB' } })
    await t.rejects(access(half), { code: 'ENOENT' })
    t.match(await readRow(first.url, 'show fsync'), { fsync: 'on' })
    t.match(await readRow(first.url, 'show work_mem'), { work_mem: '3MB' })
    t.match(await readRow(first.url, 'select version() as text'), {
      text: new RegExp(first.version)
    })
    await readRow(first.url, 'create table kept as select 7 as number')
    // A session that is open when the server dies.
    const open = postgres(first.url, { max: 1, onclose: () => undefined })
    await open`select 1`
    sendSignal(first.pid, 'SIGKILL')
    await first.exited
    const second = await openPostgres({ dataDir, port: first.port })
    t.teardown(() => second.stop())
    t.equal(second.url, first.url)
    t.match(await readRow(second.url, 'select number from kept'), { number: 7 })
    await open.end({ timeout: 0 })
  }
)

t.test('a stale postmaster.pid that names a stranger does not hinder the start', async (t) => {
  const dataDir = await freshFolder(t)
  const first = await openPostgres({ dataDir, settings: { fsync: 'off' } })
  const pidFile = join(dataDir, 'data', 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await first.stop()
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'))
  const second = await openPostgres({ dataDir, settings: { fsync: 'off' } })
  t.not(second.pid, first.pid)
  await second.stop()
})

t.test('databases come from templates; refusals carry the words of Postgres', async (t) => {
  const server = await openTestPostgres()
  t.teardown(() => server.stop())
  await server.createDatabase('a "quoted" name')
  await server.createDatabase('source')
  const template = server.databaseUrl('source')
  await readRow(template, 'create table kept as select 5 as number')
  await server.createDatabase('copy', 'source')
  t.match(await readRow(server.databaseUrl('copy'), 'select * from kept'), { number: 5 })
  await t.rejects(server.createDatabase('copy'), { message: 'database "copy" already exists' })
  await t.rejects(server.createDatabase('x', 'missing'), { message: /"missing" does not exist/ })
  await server.stop()
  await t.rejects(server.createDatabase('late'), { code: 'ECONNREFUSED' })
  await untilGone([server.pid])
})
