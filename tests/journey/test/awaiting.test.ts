import { join } from 'node:path'
import type { Run } from '@proxbox/contracts'
import { openDatabase, sql } from '@proxbox/database'
import { createWorld } from '@proxbox/simulator/proxmox'
import { connect, nkeyAuthenticator } from 'nats'
import t, { type Test } from 'tap'
import { readFeed } from '../src/feed.ts'
import { type Journey, openJourney, prefix } from '../src/journey.ts'
import { mustSay, typeCommand } from '../src/type-command.ts'

/** A NetBox that is not written to before somebody says so, and what is planned for it. */
async function openPlanned() {
  // Expired approvals are looked for at every twelfth look.
  const journey = await openJourney({ PROXBOX_RUN_POLL_MS: '50' })
  await journey.proxmox(
    createWorld({ guests: 3, nodes: 1, seed: 5, simple: true, clusterName: 'lab' })
  )
  const netbox = await journey.netbox({ name: 'main', write_mode: 'plan' })
  const url = journey.stack.databaseUrl
  const database = await openDatabase({ url, applicationName: 'test', schema: 'orchestrator' })
  const plan = async () => {
    const { run } = await journey.sync({ netbox_endpoint_ids: [netbox.id] })
    if (run.state.value !== 'awaiting_approval') throw new Error(JSON.stringify(run))
    return run
  }
  return {
    journey,
    netbox,
    plan,
    /** So long ago, for all that the orchestrator knows, it began to wait. */
    waitsSince: (run: Run, days: number) =>
      database.orm.execute(
        sql`update orchestrator.run set awaiting_since = clock_timestamp() - ${days}::integer * interval '1 day' where id = ${run.id}`
      ),
    leases: async () => [...(await database.orm.execute(sql`select run from orchestrator.lease`))],
    read: (run: Run) => journey.want<Run>('GET', `/runs/${run.id}/`),
    async close() {
      await database.close()
      await journey.close()
    }
  }
}
type Planned = Awaited<ReturnType<typeof openPlanned>>

const feedOf = (journey: Journey, run: Run, timeoutMs = 20_000) =>
  readFeed(journey.feedUrl(run), journey.stack.adminToken, { timeoutMs })

async function until<T>(look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  for (let looks = 0; looks < 400; looks += 1) {
    const found = await look()
    if (isIt(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come to that')
}

/** The three ways to write what a Run has planned, by number and by file, and the same sentence for each. */
async function refused(
  t: Test,
  { journey, netbox }: Planned,
  { run, file }: { readonly run: Run; readonly file: string },
  wanted: { readonly status: number; readonly code: string; readonly detail: RegExp }
): Promise<void> {
  const { status, body } = await journey.ask('POST', `${prefix}/runs/${run.id}/approve/`, {})
  t.match({ status, ...(body as object) }, wanted)
  for (const line of [`approve ${run.id}`, `apply ${run.id}`, `apply ${file}`]) {
    const { code, text } = await typeCommand(journey, line)
    t.equal(code, 1, line)
    t.match(text, wanted.detail)
  }
  t.equal(netbox.requests.counts().writes, 0, 'nothing was written')
}

/** It has ended without a write, everybody is told why, and the next one plans the same. */
async function isOver(
  t: Test,
  lab: Planned,
  { run, told, error }: { readonly run: Run; readonly told: string; readonly error: object }
): Promise<void> {
  const { journey, plan, leases, read } = lab
  const after = await read(run)
  t.match(after, { state: { value: 'cancelled' }, error, waiting_for: null, ended: String })
  t.match(after, { plan: run.plan, applied_by: null }, 'what it had planned can be read')
  t.same(await leases(), [], 'its NetBox is free')
  const feed = await feedOf(journey, run)
  t.equal(feed.isClosed, true)
  t.equal(feed.events.map(({ text }) => text).join('\n'), told, 'its feed ends as it did before')
  const shown = await mustSay(journey, `show ${run.id}`)
  t.match(shown, /: Cancelled$/m)
  t.ok(shown.includes(`${after.error?.code}  ${after.error?.detail}`), shown)
  t.match(await mustSay(journey, 'runs'), new RegExp(`^ *${run.id} +main +sync +cancelled`, 'm'))
  t.match(await mustSay(journey, `show ${run.id} --plan`), /Plan of Run/)
  const again = await plan()
  t.equal(again.plan, run.plan)
  await journey.want('POST', `/runs/${again.id}/cancel/`, {})
}

/** A Plan that awaits approval, its file, and what its feed told. */
async function waiting(t: Test, { journey, netbox, plan }: Planned) {
  const run = await plan()
  netbox.requests.clear()
  const file = join(t.testdir({}), 'plan.json')
  await mustSay(journey, `show ${run.id} -o ${file}`)
  const { events, isClosed } = await feedOf(journey, run)
  t.equal(isClosed, true)
  const states = events.filter(({ event }) => event === 'state').map(({ data }) => data.state)
  t.same(states, ['queued', 'running', 'awaiting_approval'])
  t.equal(events.filter(({ event }) => event === 'complete').length, 1)
  t.match(events.at(-1), { event: 'complete', data: { result: { outcome: 'awaiting_approval' } } })
  t.match(await mustSay(journey, `show ${run.id}`), /Write: proxbox apply \d+\. Reject: proxbox/)
  return { run, file, told: events.map(({ text }) => text).join('\n') }
}

t.test('a Plan that awaits approval', async (t) => {
  const lab = await openPlanned()
  t.teardown(() => lab.close())
  const { journey, netbox } = lab

  await t.test('nobody answers: it expires', async (t) => {
    const { run, file, told } = await waiting(t, lab)
    const young = await lab.plan()
    await lab.waitsSince(young, 6)
    await lab.waitsSince(run, 8)
    await until(
      () => lab.read(run),
      ({ state }) => state.value === 'cancelled'
    )
    const detail =
      /^Run \d+ awaited approval for as long as approval_expire_days allows \(7\): .*"proxbox plan"\.$/
    t.match(await lab.read(young), { state: { value: 'awaiting_approval' } }, 'within its days')
    await refused(
      t,
      lab,
      { run, file },
      { status: 409, code: 'RUN_EXPIRED', detail: relaxed(detail) }
    )
    await isOver(t, lab, { run, told, error: { code: 'RUN_EXPIRED', detail } })

    await journey.want('PATCH', '/settings/', { approval_expire_days: 5 })
    const shorter = await until(
      () => lab.read(young),
      ({ state }) => state.value === 'cancelled'
    )
    t.match(
      shorter.error,
      { code: 'RUN_EXPIRED', detail: /allows \(5\)/ },
      'a setting holds at once'
    )
    await journey.want('PATCH', '/settings/', { approval_expire_days: 7 })
  })

  await t.test('a person rejects it', async (t) => {
    const { run, file, told } = await waiting(t, lab)
    t.match(await mustSay(journey, `cancel ${run.id}`), /is cancelled/)
    const detail = /^Run \d+ is cancelled: .*"proxbox plan"\.$/
    await refused(
      t,
      lab,
      { run, file },
      { status: 409, code: 'RUN_NOT_APPROVABLE', detail: relaxed(detail) }
    )
    const again = await typeCommand(journey, `cancel ${run.id}`)
    t.match(again, { code: 1, text: /it cannot be cancelled/ })
    await isOver(t, lab, { run, told, error: { code: 'RUN_CANCELLED' } })
  })

  await t.test('its NetBox is not to be written to any more, for a while', async (t) => {
    const { run, file } = await waiting(t, lab)
    const endpoint = `/netbox-endpoints/${netbox.id}/`
    await journey.want('PATCH', endpoint, { write_mode: 'off' })
    const detail = /^NetBox Endpoint main has write_mode off: .*"proxbox endpoint set netbox main /
    await refused(
      t,
      lab,
      { run, file },
      { status: 409, code: 'WRITES_OFF', detail: relaxed(detail) }
    )
    t.match(await lab.read(run), { state: { value: 'awaiting_approval' } }, 'it goes on waiting')
    await journey.want('PATCH', endpoint, { write_mode: 'plan', enabled: false })
    const disabled =
      /^Run \d+ is for NetBox Endpoint main, which is disabled: .*"proxbox endpoint set netbox main enabled=true"/
    await refused(
      t,
      lab,
      { run, file },
      { status: 409, code: 'CONFLICT', detail: relaxed(disabled) }
    )
    await journey.want('PATCH', endpoint, { enabled: true })
    const { code, text } = await typeCommand(journey, `apply ${file}`)
    t.equal(code, 0, text)
    t.ok(netbox.requests.counts().writes > 0, 'then it is written as it was planned')
    t.match(await lab.read(run), { state: { value: 'succeeded' }, applied_by: Number })
  })
})

t.test('a Plan whose NetBox Endpoint was removed', async (t) => {
  const lab = await openPlanned()
  t.teardown(() => lab.close())
  const { journey, netbox } = lab
  const { run, file } = await waiting(t, lab)
  await journey.want('DELETE', `/netbox-endpoints/${netbox.id}/`)
  const detail = /^Run \d+ is for NetBox Endpoint main, which was removed: .*"proxbox cancel \d+"/
  await refused(t, lab, { run, file }, { status: 409, code: 'CONFLICT', detail: relaxed(detail) })
  t.match(await mustSay(journey, `show ${run.id}`), /for main: Awaiting approval/)
  t.match(await mustSay(journey, `cancel ${run.id}`), /is cancelled/)
  t.match(await mustSay(journey, `show ${run.id}`), /RUN_CANCELLED/)
})

t.test('a Plan that waits for longer than its Frames are kept', async (t) => {
  const lab = await openPlanned()
  t.teardown(() => lab.close())
  const { journey } = lab
  const { run } = await waiting(t, lab)
  const admin = await connect({
    servers: journey.stack.natsUrl,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(journey.stack.busAdminSeed)),
    inboxPrefix: '_INBOX_admin'
  })
  t.teardown(() => admin.close())
  await (await admin.jetstreamManager()).streams.purge('EVENTS')
  const feed = await feedOf(journey, run)
  t.same(
    feed.events.map(({ event }) => event),
    ['gap'],
    'a feed that has nothing more to tell says so and closes'
  )
  t.equal(feed.isClosed, true)
  t.match(await typeCommand(journey, `watch ${run.id}`), { code: 2, text: /Write: proxbox apply/ })
  await mustSay(journey, `cancel ${run.id}`)
  const rejected = await feedOf(journey, run)
  t.match(rejected, { isClosed: true, events: [{ event: 'gap' }] }, 'it has ended only now')
})

/** As the command line prints it: after `proxbox: `, within other lines. */
const relaxed = ({ source }: RegExp) => new RegExp(source.replace(/^\^/, '').replace(/\$$/, ''))
