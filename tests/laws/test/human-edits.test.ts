import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { law } from '../src/law.ts'
import { humanEdits } from '../src/storm/human-edits.ts'

law(t, humanEdits, { ...inProcess, numRuns: 60 })
