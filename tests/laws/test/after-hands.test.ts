import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { lawSeed } from '../src/config.ts'
import { search } from '../src/law.ts'
import { afterHands, handCases, tellHands } from '../src/storm/after-hands.ts'

const numRuns = 150

t.test(
  'whatever people do in NetBox: one Run, nothing left to do, and it can be undone',
  async (t) => {
    t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
    const name = 'After hands: broken in process'
    await search(handCases, {
      name,
      numRuns,
      holds: (one) => afterHands(one, inProcess),
      tell: tellHands
    })
    t.pass(`${numRuns} cases`)
  }
)
