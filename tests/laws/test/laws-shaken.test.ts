import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { laws } from '../src/laws/index.ts'

t.equal(laws.length, 9)
for (const one of laws.slice(5)) law(t, one, inProcess)
