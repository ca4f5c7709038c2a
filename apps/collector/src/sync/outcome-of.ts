import type { Gap, Plan } from '@proxbox/contracts'
import type { SyncResult } from './run-parts.ts'

/** Notices of what is held as a whole cluster. */
const wholes = new Set(['SITE_MISSING', 'GAP'])
/** Guards that keep from NetBox what nobody is asked about: a Run that only they held has not done all it should. */
const keepingAway = new Set(['out-of-sight', 'quarantine'])

/** Pure: a Run that planned and found something waits for a person; gaps on either side and refusals, also earlier ones, degrade. */
export function outcomeOf(facts: {
  readonly planned: number
  readonly plan: Pick<Plan, 'notices' | 'held'>
  readonly gaps: readonly Gap[]
  readonly refused: number
}): SyncResult['outcome'] {
  if (facts.planned > 0) return 'awaiting_approval'
  const isHeldWhole = facts.plan.notices.some(({ code }) => wholes.has(code))
  const isKeptAway = facts.plan.held.some(({ guard }) => keepingAway.has(guard))
  const isPartial = facts.gaps.length > 0 || facts.refused > 0 || isHeldWhole || isKeptAway
  return isPartial ? 'degraded' : 'succeeded'
}
