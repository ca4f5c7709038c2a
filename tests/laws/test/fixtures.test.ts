import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { firstPlan } from '../src/fixtures/first-plan.ts'
import { fixtures } from '../src/fixtures/index.ts'

for (const fixture of fixtures) {
  t.test(`the first Plan of ${fixture.name}`, async (t) => {
    await firstPlan(fixture, inProcess)
    t.pass(
      'creates what is absent, changes nothing that somebody set, tells how each was recognised'
    )
  })
}
