import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { scenarios } from '../src/scenarios/index.ts'

for (const { name, holds } of scenarios) {
  t.test(`${name} (${inProcess.name})`, async (t) => {
    await holds(inProcess)
    t.pass('identities kept')
  })
}
