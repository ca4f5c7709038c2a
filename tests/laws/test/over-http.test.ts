import t from 'tap'
import { benchOver } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { laws } from '../src/laws/index.ts'
import { openSimulator } from '../src/sides/over-http.ts'

t.test('every law over HTTP', async (t) => {
  const side = await openSimulator('4.7.3', AbortSignal.timeout(250_000))
  t.teardown(() => side.close())
  for (const one of laws) law(t, one, benchOver('over HTTP', { numRuns: 25, side }))
})
