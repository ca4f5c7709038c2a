import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { simulatedEyes } from '../src/troubles/eyes.ts'
import { troubles } from '../src/troubles/troubles.ts'

for (const { name, holds } of troubles) {
  t.test(name, async (t) => {
    await holds(inProcess, simulatedEyes)
    t.pass('no deletes, no duplicates, primary addresses as they were')
  })
}
