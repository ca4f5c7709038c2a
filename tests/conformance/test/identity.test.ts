import { benchOver, identityScenarios } from '@proxbox/test-laws'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { openRealSide } from '../src/real-side.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

t.test('scenarios of identity against a real NetBox', { skip }, async (t) => {
  const side = await openRealSide(config, (line) => t.comment(line), AbortSignal.timeout(1_400_000))
  t.teardown(() => side.close())
  const bench = benchOver('on a real NetBox', { numRuns: 1, side, batch: 100 })
  const chosen = identityScenarios.filter((_, index) => index % config.everyNth === 0)
  for (const { name, holds } of chosen) {
    await t.test(name, async (t) => {
      await holds(bench)
      t.pass('identities kept')
    })
  }
})
