import { createHash } from 'node:crypto'
import { approvableGuards, type Change, changeText } from '@proxbox/contracts'
import type { PlanRow } from '../client/read-plan.ts'

/** Pure: whether approving the Run writes this row: it is planned, or held by a Guard that a person can overrule. */
export const isApprovable = ({ outcome, guard }: Pick<PlanRow, 'outcome' | 'guard'>): boolean =>
  outcome === 'planned' ||
  (outcome === 'held' && guard !== null && approvableGuards.includes(guard))

/** The SHA-256 of a Plan, made of its Changes in their order: what the server and a file must agree on. */
export interface PlanDigest {
  add(change: Pick<Change, 'key' | 'action' | 'before' | 'after'>): void
  hex(): string
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export function openPlanDigest(): PlanDigest {
  const whole = createHash('sha256')
  return {
    add: (change) => void whole.update(sha256(changeText(change))),
    hex: () => whole.digest('hex')
  }
}
