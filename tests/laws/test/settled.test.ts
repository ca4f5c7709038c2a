import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { handsOff } from '../src/laws/hands-off.ts'
import { nothingToDo } from '../src/laws/nothing-to-do.ts'
import { unknownIsNotEmpty } from '../src/laws/unknown-is-not-empty.ts'

for (const one of [nothingToDo, unknownIsNotEmpty, handsOff]) law(t, one, inProcess)
