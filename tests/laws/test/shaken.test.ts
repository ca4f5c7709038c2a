import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { anyOrderAnyCrash } from '../src/laws/any-order-any-crash.ts'
import { strangers } from '../src/laws/strangers.ts'

for (const one of [anyOrderAnyCrash, strangers]) law(t, one, inProcess)
