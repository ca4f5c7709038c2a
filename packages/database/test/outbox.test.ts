import { setTimeout as sleep } from 'node:timers/promises'
import { openTestPostgres } from '@proxbox/embedded'
import t from 'tap'
import {
  asc,
  type Outbox,
  type OutboxRow,
  openDatabase,
  outboxTable,
  pgSchema,
  sql,
  startOutbox
} from '../src/index.ts'

const table = outboxTable(pgSchema('shop'))
const postgres = await openTestPostgres()
t.teardown(() => postgres.stop())
const open = () => openDatabase({ url: postgres.url, applicationName: 'test', schema: 'shop' })
const database = await open()
t.teardown(() => database.close())
await database.orm.execute(sql`create schema shop`)
await database.orm.execute(sql`create table shop.outbox (
  id bigint primary key generated always as identity, channel text not null, parameters jsonb not null,
  payload jsonb not null, message_id text not null default gen_random_uuid()::text,
  created_at timestamptz not null default now())`)

const log = { warn: () => undefined }
const put = (...numbers: number[]) =>
  database.orm
    .insert(table)
    .values(numbers.map((n) => ({ channel: 'numbers', parameters: {}, payload: { n } })))
const left = async (): Promise<unknown[]> =>
  (await database.orm.select().from(table).orderBy(asc(table.id))).map((row) => row.payload.n)
const until = async (isReached: () => Promise<boolean> | boolean): Promise<void> => {
  for (let look = 0; look < 200; look += 1) {
    if (await isReached()) return
    await sleep(20)
  }
  throw new Error('it did not get there')
}
const count = (n: number) => Array.from({ length: n }, (_, index) => index)

t.test('in order, more than one look holds, two processes', async (t) => {
  await put(...count(450))
  const sent: unknown[] = []
  const publish = async (row: OutboxRow) => void sent.push(row.payload.n)
  const outboxes = [1, 2].map(() => startOutbox({ database, table, publish, log, pollMs: 20 }))
  await until(async () => (await left()).length === 0)
  await put(450)
  outboxes[0]?.wake()
  await until(() => sent.length === 451)
  t.same(sent, count(451))
  for (const outbox of outboxes) await outbox.stop()
})

t.test('a publish that fails keeps its row and those behind it', async (t) => {
  await put(1, 2, 3)
  const sent: unknown[] = []
  let isDown = true
  const publish = async ({ payload }: OutboxRow) => {
    if (payload.n === 2 && isDown) throw new Error('the bus is down')
    sent.push(payload.n)
  }
  const outbox = startOutbox({ database, table, publish, log, pollMs: 20 })
  await until(async () => (await left()).length === 2)
  t.same(await left(), [2, 3])
  isDown = false
  await until(async () => (await left()).length === 0)
  t.same(sent, [1, 2, 3])
  await outbox.stop()
})

t.test('a crash between publish and delete sends the same message again', async (t) => {
  await put(7)
  const ids: string[] = []
  const publish = async (row: OutboxRow) => {
    ids.push(row.messageId)
    if (ids.length === 1) await crash()
  }
  // The session ends as a killed process would end it: what it did is rolled back.
  const crash = () =>
    database.orm.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'test' and state = 'idle in transaction'`)
  const outbox = startOutbox({ database, table, publish, log, pollMs: 20 })
  await until(async () => ids.length >= 2 && (await left()).length === 0)
  t.equal(ids.length, 2)
  t.equal(new Set(ids).size, 1, 'one message id, so that the stream stores it once')
  await outbox.stop()
})

t.test('a slow bus holds no transaction for long, nor the stop', async (t) => {
  await put(...count(20))
  const publish = async () => sleep(40)
  const outbox: Outbox = startOutbox({ database, table, publish, log, pollMs: 20, lookMs: 100 })
  await until(async () => (await left()).length < 20)
  t.ok((await left()).length > 10, 'the first look has ended before all were sent')
  const begun = Date.now()
  await outbox.stop()
  t.ok(Date.now() - begun < 1000)
  t.ok((await left()).length > 0, 'what was not sent is still there')
})
