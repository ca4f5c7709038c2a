import { type StreamMessage, StreamRecreated } from '@proxbox/bus'
import t, { type Test } from 'tap'
import { type WatchParts, watchReleased } from '../src/retention/watch-released.ts'

type Read = (signal: AbortSignal) => AsyncIterable<StreamMessage>
const subject = 'proxbox.endpoints.netbox.1.removed'
const removed = { sequence: 1, subject, payload: {}, headers: {}, time: '' }

/** A watch whose looks are counted; the first ones fail. */
function openWatch(t: Test, { read, failures = 0 }: { read: Read; failures?: number }) {
  const warned: string[] = []
  const waiting: { looks: number; go: () => void }[] = []
  let looks = 0
  const log = { warn: (_data: object, message: string) => void warned.push(message) }
  const watch = watchReleased({
    bus: {
      waitForStream: async () => undefined,
      streamInfo: async () => ({ created: '', firstSequence: 1, lastSequence: 0 }),
      read: (_channel, _range, signal) => read(signal)
    },
    log: log as WatchParts['log'], // it is called in this one way
    look: async () => {
      looks += 1
      for (const one of waiting) if (looks >= one.looks) one.go()
      if (looks <= failures) throw new Error('the registry is away')
    }
  })
  t.teardown(() => watch.stop())
  return {
    watch,
    warned,
    /** Resolves with that look. */
    reach: (wanted: number) =>
      new Promise<void>((go) => (looks >= wanted ? go() : waiting.push({ looks: wanted, go })))
  }
}

const nothing: readonly StreamMessage[] = []
/** A stream that has nothing to tell until its reader is stopped. */
async function* silence(signal: AbortSignal) {
  yield* nothing
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

t.test('it looks at the start, for an event, and for what a lost stream had', async (t) => {
  async function* breaking() {
    await reach(1)
    yield removed
    await reach(2)
    throw new StreamRecreated('EVENTS')
  }
  const reads: Read[] = [breaking]
  const read: Read = (signal) => (reads.shift() ?? silence)(signal)
  const { reach, warned } = openWatch(t, { read })
  await reach(3)
  t.same(warned, ['reading the events of Endpoints was interrupted'])
})

t.test('a look that fails is repeated until one does not, and that is told once', async (t) => {
  const { reach, warned, watch } = openWatch(t, { read: silence, failures: 3 })
  await reach(4)
  t.same(warned, ['what is in use could not be looked up'])
  await t.resolves(watch.stop(), 'it ends, though its stream has nothing more to tell')
})
