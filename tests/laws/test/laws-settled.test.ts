import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { laws } from '../src/laws/index.ts'

// Two files run side by side: five laws here, four in laws-shaken.
for (const one of laws.slice(0, 5)) law(t, one, inProcess)
