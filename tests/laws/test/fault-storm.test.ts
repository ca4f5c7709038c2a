import fc from 'fast-check'
import t from 'tap'
import { lawSeed } from '../src/config.ts'
import { storms, takesNothing } from '../src/fault-matrix/storm.ts'

const numRuns = 100

t.test('whatever fails, whenever, of whatever cluster: nothing is taken away', async (t) => {
  t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
  await fc.assert(fc.asyncProperty(storms, takesNothing), { numRuns, seed: lawSeed })
  t.pass(`${numRuns} storms`)
})
