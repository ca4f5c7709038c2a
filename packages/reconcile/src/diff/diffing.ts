import type { Conflict, FieldValue, Item, Kept, Why } from '@proxbox/contracts'
import { ruleName } from '../identity/conflicts.ts'
import type { Matched } from '../identity/matching.ts'
import { driftsInARow, type FieldConflictCode, fieldConflict } from './conflict.ts'
import type { DiffContext } from './context.ts'
import { whyOf } from './create-change.ts'
import type { Ownership } from './policy.ts'
import { translated } from './translated.ts'

/** One Item while its fields are compared one after the other. */
export interface Diffing {
  readonly item: Item
  readonly matched: Matched
  readonly context: DiffContext
  readonly before: Record<string, FieldValue>
  readonly after: Record<string, FieldValue>
  readonly why: Record<string, Why>
  readonly learned: Record<string, FieldValue>
  readonly kept: Record<string, Kept>
  readonly drifts: Record<string, number>
  readonly conflicts: Conflict[]
}

/** Both sides agree: nothing is kept, and nothing drifts. */
export function settle(diffing: Diffing, field: string): void {
  if (diffing.kept[field] !== undefined) delete diffing.kept[field]
  if (diffing.drifts[field] !== undefined) delete diffing.drifts[field]
}

export function write(diffing: Diffing, field: string, value: FieldValue, why: Why): void {
  const { matched, context } = diffing
  settle(diffing, field)
  diffing.before[field] = translated(matched.current.fields[field] ?? null, context.ours)
  diffing.after[field] = value
  diffing.why[field] = why
}

/** A field stays as NetBox has it: why, and what Proxmox asks for. */
export interface Left extends Ownership {
  readonly reason: string
  readonly wanted: FieldValue
}

export function keep(diffing: Diffing, field: string, { reason, wanted, ...owner }: Left): void {
  settle(diffing, field)
  diffing.kept[field] = { ...whyOf(diffing.item, field, owner, reason), wanted }
}

/** A conflict that a decision answers is none: what was decided is done. */
export function dispute(
  diffing: Diffing,
  field: string,
  { code, value, left }: { code: FieldConflictCode; value: FieldValue; left: Left }
): 'written' | 'kept' | 'open' {
  const { item, matched, context } = diffing
  const answer = context.decisions.of(item.key, field, code)
  if (answer?.decision === 'proxmox') {
    const owner = { policy: left.policy, rule: ruleName(answer) }
    write(diffing, field, value, whyOf(item, field, owner, 'decided for Proxmox'))
    return 'written'
  }
  if (answer?.decision === 'netbox') {
    keep(diffing, field, { ...left, reason: 'decided for NetBox', rule: ruleName(answer) })
    return 'kept'
  }
  keep(diffing, field, left)
  const netbox = translated(matched.current.fields[field] ?? null, context.ours)
  diffing.conflicts.push(fieldConflict(item, field, matched, { code, proxmox: value, netbox }))
  return 'open'
}

/** A field of Proxmox's that somebody else writes too: corrected, and counted, until it is a conflict. */
export function correct(diffing: Diffing, field: string, value: FieldValue, why: Why): void {
  const count = diffing.drifts[field] ?? 0
  if (count < driftsInARow) {
    write(diffing, field, value, why)
    diffing.drifts[field] = count + 1
    return
  }
  const reason = `corrected in ${driftsInARow} Runs in a row`
  const left = { policy: why.policy, reason, wanted: value, ...ruleIn(why) }
  const outcome = dispute(diffing, field, { code: 'drift-in-a-row', value, left })
  if (outcome === 'written') diffing.drifts[field] = 1
  if (outcome === 'open') diffing.drifts[field] = count
}

const ruleIn = ({ rule }: Ownership) => (rule === undefined ? {} : { rule })
