import {
  benchOver,
  clusterOf,
  firstPlan,
  fixtures,
  plainGuest,
  Session,
  Storm,
  troubles
} from '@proxbox/test-laws'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { realEyes } from '../src/real-eyes.ts'
import { openRealSide } from '../src/real-side.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

t.test('a real NetBox that others have filled, and that people work in', { skip }, async (t) => {
  const side = await openRealSide(config, (line) => t.comment(line), AbortSignal.timeout(2_000_000))
  t.teardown(() => side.close())
  const bench = benchOver('on a real NetBox', { numRuns: 1, side, batch: 100 })
  for (const fixture of fixtures) {
    await t.test(`the first Plan of ${fixture.name}`, async (t) => {
      // What comes of a Plan is tried in process too: two hundred guests take a real NetBox a minute.
      await firstPlan(fixture, bench, { isApplied: config.everyNth === 1 })
      t.pass('creates what is absent, changes nothing that somebody set')
    })
  }
  for (const { name, holds } of troubles) {
    await t.test(name, async (t) => {
      await holds(bench, realEyes(side))
      t.pass('no deletes, no duplicates, primary addresses as they were')
    })
  }
  await t.test('a storm of human edits over 50 guests and 20 Runs', async (t) => {
    const start = await bench.session('4.7.3')
    const session = new Session(start.netbox, { ...start.options, batch: 100 })
    const guests = Array.from({ length: 50 }, (_, index) => plainGuest(100 + index, true))
    const storm = new Storm(session, {
      estates: [clusterOf(guests)],
      rounds: 20,
      share: 0.08,
      random: numbers()
    })
    const drifts = await storm.rage()
    t.ok(drifts > 0, `${drifts} facts were corrected, each told as drift`)
  })
})

/** The same numbers in [0, 1) every time. */
function numbers(): () => number {
  let state = 20_260_101
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
