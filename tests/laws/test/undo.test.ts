import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { undoTakesBack } from '../src/laws/undo.ts'

law(t, undoTakesBack, { ...inProcess, numRuns: 200 })
