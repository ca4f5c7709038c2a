import t from 'tap'
import { lawSeed } from '../src/config.ts'
import { storms, takesNothing } from '../src/fault-matrix/storm.ts'
import { search } from '../src/law.ts'

const numRuns = 100

t.test('whatever fails, whenever, of whatever cluster: nothing is taken away', async (t) => {
  t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
  const name = 'A storm of faults takes something away'
  await search(storms, { name, numRuns, holds: takesNothing, tell: JSON.stringify })
  t.pass(`${numRuns} storms`)
})
