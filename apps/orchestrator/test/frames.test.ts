import { SequenceMismatch } from '@proxbox/bus'
import { type CompleteResult, type Event, frameLimits, type StepEvent } from '@proxbox/contracts'
import t from 'tap'
import { openReport } from '../src/attempts/report.ts'
import { attemptOf, openFrameWriter } from '../src/frames/frame-writer.ts'
import { fittedEvent } from '../src/frames/shape-event.ts'

interface Stored {
  readonly sequence: number
  readonly payload: unknown
  readonly headers: Record<string, string>
  readonly messageId: string | undefined
}

/** The stream's rule and nothing else: a message is taken only after the expected one. */
function openFakeStream() {
  const stored: Stored[] = []
  const bus = {
    lastOf: async () => stored.at(-1),
    publish: async (
      _channel: unknown,
      _parameters: unknown,
      payload: unknown,
      options: {
        messageId?: string
        headers?: Readonly<Record<string, string>>
        expectedLastSubjectSequence?: number
      } = {}
    ) => {
      const sequence = stored.length + 1
      if (options.expectedLastSubjectSequence !== stored.length) throw new SequenceMismatch('s')
      stored.push({
        sequence,
        payload,
        headers: { ...options.headers },
        messageId: options.messageId
      })
      return { sequence, duplicate: false }
    }
  }
  const open = (attempt: number) => openFrameWriter({ bus, runId: 'r', attempt })
  return {
    stored,
    open,
    seqs: () => stored.map(({ payload }) => Reflect.get(Object(payload), 'seq'))
  }
}

const step = (status: StepEvent['data']['status'], message = 'm'): StepEvent => ({
  event: 'step',
  data: { step: 'devices', status, message }
})

t.test('a later attempt goes on counting, an earlier one gives way', async (t) => {
  const { stored, open, seqs } = openFakeStream()
  const first = await open(1)
  t.equal(await first.write(step('started')), 'stored')
  const second = await open(2)
  t.equal(
    await first.write(step('warning')),
    'stored',
    'a late word before the next attempt speaks'
  )
  t.equal(await second.write(step('started')), 'stored')
  t.equal(await first.write(step('warning')), 'replaced')
  t.same(seqs(), [1, 2, 3])
  t.same(
    stored.map((one) => one.messageId),
    ['r:1:1', 'r:1:2', 'r:2:1']
  )
  t.equal(attemptOf(stored.at(-1)?.messageId), 2)
})

t.test(
  'nothing is written after complete; an emptied stream does not start the numbers anew',
  async (t) => {
    const { stored, open, seqs } = openFakeStream()
    const writer = await open(1)
    await writer.write(step('started'))
    await writer.write(step('completed'))
    stored.length = 0
    await writer.write(step('started'))
    t.same(seqs(), [3])
    const late = await open(1)
    const result: CompleteResult = {
      outcome: 'succeeded',
      counts: {},
      gaps: [],
      held: 0,
      plan: null
    }
    await writer.write({
      event: 'complete',
      data: { ok: true, message: '', result, errors: [], errors_total: 0 }
    })
    t.equal(await late.write(step('warning')), 'replaced')
    t.equal(await (await open(1)).write(step('warning')), 'replaced')
    await t.rejects(openReport(late, () => 0).tell(step('started')), { name: 'Replaced' })
  }
)

t.test(
  'at most 10 progress Events a second and 1,000 warnings; the latest progress is not lost',
  async (t) => {
    const { stored, open } = openFakeStream()
    let nowMs = 0
    const report = openReport(await open(1), () => nowMs)
    for (; nowMs < 1000; nowMs += 5) await report.pass(step('progress', String(nowMs)), 'devices')
    t.ok(stored.length <= frameLimits.progressPerSecond, `${stored.length} Frames`)
    await report.pass(step('completed'), 'devices')
    t.match(stored.at(-2)?.payload, { status: 'progress', message: '995' })
    const before = stored.length
    for (let n = 0; n < 1100; n += 1) await report.pass(step('warning'), 'devices')
    t.equal(stored.length - before, frameLimits.warningsPerRun)
  }
)

t.test('every Event fits into a Frame', async (t) => {
  const long = 'ü'.repeat(600)
  const error = { detail: long, code: 'GAP', disposition: 'stop' } as const
  const gap = { scope: 's', reason: 'r', detail: long }
  const counts = { count: 1, created: 1, updated: 0, deleted: 0, unchanged: 0, held: 0 }
  const kinds = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`kind-${n}`, counts]))
  const complete: Event = {
    event: 'complete',
    data: {
      ok: false,
      message: long,
      result: { outcome: 'degraded', counts: kinds, gaps: Array(200).fill(gap), held: 1, plan: 2 },
      errors: Array(100).fill(error),
      errors_total: 4000
    }
  }
  const fitted = fittedEvent(complete)
  t.ok(Buffer.byteLength(JSON.stringify(fitted.data)) < frameLimits.bytes)
  t.match(fitted.data, { ok: false, errors_total: 4000, result: { held: 1, plan: 2 } })
  t.equal(fittedEvent(step('started')).event, 'step')
})
