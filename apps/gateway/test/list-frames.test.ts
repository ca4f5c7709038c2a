import type { Bus } from '@proxbox/bus'
import t from 'tap'
import { readFrames } from '../src/feed/list-frames.ts'

/** A stream of seven Frames that ends where it is broken off, as the bus does. */
async function* read(_channel: string, _range: unknown, signal: AbortSignal) {
  for (let seq = 1; seq <= 7 && !signal.aborted; seq += 1)
    yield { headers: { 'Proxbox-Event': 'step' }, payload: { seq } }
}
const bus = { read: read as unknown as Bus['read'] } // what readFrames looks at

t.test('a page of the Frames of a Run, and how many there are', async (t) => {
  const { signal } = new AbortController()
  const page = (query: object) => readFrames(bus, { runId: 'r', query }, signal)
  t.same(await page({ limit: 2, offset: 4 }), {
    count: 7,
    results: [
      { event: 'step', seq: 5 },
      { event: 'step', seq: 6 }
    ]
  })
  t.equal((await page({ limit: 0 })).results.length, 7, 'as many as allowed')
})

t.test('a list that could not be read to its end is none', async (t) => {
  await t.rejects(readFrames(bus, { runId: 'r', query: {} }, AbortSignal.abort()), {
    code: 'SERVICE_TIMEOUT',
    message: /gateway did not answer listRunFrames within 10 s/
  })
})
