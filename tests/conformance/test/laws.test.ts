import { benchOver, law, laws } from '@proxbox/test-laws'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { openRealSide } from '../src/real-side.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

t.test('every law against a real NetBox', { skip }, async (t) => {
  const side = await openRealSide(config, (line) => t.comment(line), AbortSignal.timeout(1_200_000))
  t.teardown(() => side.close())
  // A write costs a real NetBox a third of a second, however few objects it brings.
  const numRuns = Math.ceil(5 / config.everyNth)
  const bench = benchOver('on a real NetBox', { numRuns, side, batch: 100 })
  for (const one of laws) law(t, one, bench)
})
