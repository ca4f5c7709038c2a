import t from 'tap'
import { openCrashSuite } from '../src/crash/crash-suite.ts'
import { titleOf } from '../src/crash/points.ts'

t.test('a Run survives the death of any part', async (t) => {
  const suite = await openCrashSuite({ seed: 11, perPart: 3 })
  t.teardown(() => suite.close())
  for (const point of suite.points) {
    const verdict = await suite.tryPoint(point)
    t.same(verdict.faults, [], titleOf(point))
    t.comment(`${verdict.seconds.toFixed(1)} s, ${verdict.attempts} attempts`)
  }
  for (const kind of ['commit-then-drop', 'commit-then-stall'] as const) {
    const nth = Math.ceil(suite.writes / 2)
    const verdict = await suite.tryFault({ kind }, nth)
    t.same(verdict.faults, [], `NetBox at write ${nth}: ${kind}`)
  }
})
