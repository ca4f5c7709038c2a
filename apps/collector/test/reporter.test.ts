import { type BackendEvent, frameLimits } from '@proxbox/contracts'
import t from 'tap'
import { openReporter } from '../src/backend/reporter.ts'

function open() {
  const events: BackendEvent[] = []
  const clock = { ms: 0 }
  const reporter = openReporter(
    (event) => events.push(event),
    () => clock.ms
  )
  return { events, clock, reporter }
}
const result = { outcome: 'succeeded' as const, gaps: [], held: 0, plan: null }
const warning = { step: 'vm', code: 'GAP', disposition: 'stop' } as const
const messages = (events: readonly BackendEvent[]) =>
  events.map(({ event, data }) => ('message' in data ? data.message : event))

t.test('at most ten progress Events a second, the latest wins', async (t) => {
  const { events, clock, reporter } = open()
  for (let done = 1; done <= 1000; done += 1) {
    clock.ms += 1
    reporter.progress('netbox', done, 1000, `Written ${done}`)
  }
  t.ok(events.length <= 1 + frameLimits.progressPerSecond, `${events.length} in a second`)
  reporter.step('devices', 'completed', 'done')
  t.strictSame(
    messages(events.slice(-2)),
    ['Written 1000', 'done'],
    'what waited goes before the next Event'
  )
  t.match(events.at(-2)?.data, { progress: { current: 1000, total: 1000, percent: 100 } })
})

t.test('progress of nothing is whole', async (t) => {
  const { events, reporter } = open()
  reporter.progress('proxmox', 0, 0, 'Reading')
  t.match(events[0]?.data, { progress: { percent: 100 } })
})

t.test('a thousand warnings are told, all are counted, a hundred are listed', async (t) => {
  const { events, reporter } = open()
  for (let row = 0; row < frameLimits.warningsPerRun + 50; row += 1)
    reporter.warn({ ...warning, rowid: `${row}`, detail: `guest ${row}` })
  t.equal(events.length, frameLimits.warningsPerRun)
  reporter.complete(true, 'done', result)
  const complete = events.at(-1)
  t.match(complete, { event: 'complete', data: { errors_total: frameLimits.warningsPerRun + 50 } })
  t.equal(complete?.event === 'complete' && complete.data.errors.length, frameLimits.errorsListed)
})

t.test('what holds a Run up and may pass is a warning, but no error of the Run', async (t) => {
  const { events, reporter } = open()
  const detail = 'NetBox is in maintenance; it is asked up to 3 times more.'
  reporter.waiting({ step: 'netbox', code: 'NETBOX_MAINTENANCE', detail, disposition: 'wait' })
  t.match(events, [
    { event: 'step', data: { status: 'warning', code: 'NETBOX_MAINTENANCE', message: detail } }
  ])
  reporter.complete(true, 'done', result)
  t.match(events.at(-1), { event: 'complete', data: { errors: [], errors_total: 0 } })
})

t.test('texts end at 600 characters, complete fits into a Frame', async (t) => {
  const { events, reporter } = open()
  for (let row = 0; row < 300; row += 1)
    reporter.warn({ ...warning, rowid: `${row}`, detail: 'ä'.repeat(2000) })
  t.equal(messages(events)[0]?.length, frameLimits.textChars)
  const gaps = Array.from({ length: 500 }, (_, index) => ({
    scope: `guest ${index}`,
    reason: 'error',
    detail: 'x'.repeat(600)
  }))
  reporter.complete(true, 'y'.repeat(5000), { ...result, gaps })
  const bytes = Buffer.byteLength(JSON.stringify(events.at(-1)?.data))
  t.ok(bytes <= frameLimits.bytes - 1024, `${bytes} bytes leave room for run_id, seq and at`)
  t.match(events.at(-1), { data: { errors_total: 300 } }, 'the count stays true')
})

t.test('what ends a Run comes first in the list', async (t) => {
  const { events, reporter } = open()
  reporter.warn({ ...warning, detail: 'a warning' })
  const facts = { code: 'NETBOX_TOO_OLD', disposition: 'stop', detail: 'too old' } as const
  reporter.fail('full-update', facts, { ...result, outcome: 'failed' as const })
  t.strictSame(
    events.map(({ event }) => event),
    ['step', 'error', 'complete']
  )
  t.match(events[1]?.data, { status: 'failed', error: 'too old', code: 'NETBOX_TOO_OLD' })
  t.match(events[2]?.data, {
    ok: false,
    message: 'too old',
    errors: [facts, { detail: 'a warning' }],
    errors_total: 2
  })
})

t.test('counts per kind, summed over a stage', async (t) => {
  const { events, reporter } = open()
  reporter.count('vm', 'created', 3)
  reporter.count('vm', 'unchanged')
  reporter.count('disk', 'held')
  t.match(reporter.countsOf(['vm', 'disk', 'device']), {
    count: 5,
    created: 3,
    unchanged: 1,
    held: 1,
    deleted: 0
  })
  reporter.complete(true, 'done', result)
  t.match(events.at(-1)?.data, { result: { counts: { vm: { count: 4 }, disk: { count: 1 } } } })
})
