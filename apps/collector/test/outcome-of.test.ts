import type { Change, Gap } from '@proxbox/contracts'
import t from 'tap'
import { outcomeOf } from '../src/sync/outcome-of.ts'

const quiet = { planned: 0, plan: { notices: [], held: [] }, gaps: [], refused: 0 }
const heldBy = (guard: string) => ({
  ...quiet,
  plan: {
    notices: [],
    held: [{ change: {} as Change, guard, code: 'ITEM_HELD', reason: '' }] // nothing of it is read
  }
})

t.test('what keeps an object out of NetBox degrades each Run, not only the first', async (t) => {
  t.equal(outcomeOf(quiet), 'succeeded')
  t.equal(outcomeOf({ ...quiet, refused: 1 }), 'degraded', 'NetBox refuses it now')
  t.equal(outcomeOf(heldBy('quarantine')), 'degraded', 'NetBox refused it before')
  t.equal(outcomeOf(heldBy('out-of-sight')), 'degraded')
  t.equal(outcomeOf(heldBy('match')), 'succeeded', 'a conflict is for a person to decide')
  t.equal(outcomeOf({ ...quiet, gaps: [{} as Gap] }), 'degraded') // how many there are counts
  const lab = { key: 'cluster:c1', label: 'lab', code: 'SITE_MISSING', detail: '' }
  t.equal(outcomeOf({ ...quiet, plan: { notices: [lab], held: [] } }), 'degraded')
  t.equal(outcomeOf({ ...heldBy('quarantine'), planned: 2 }), 'awaiting_approval')
})
