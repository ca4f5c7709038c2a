import type { FieldValue } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { whyOf } from './create-change.ts'
import { type Diffing, keep, write } from './diffing.ts'
import { policyOf } from './policy.ts'

/**
 * VLANs of an interface, once all its fields are compared: those that its mode has no room for. The mode may be a
 * person's.
 */
export function fitMode(diffing: Diffing): void {
  const { item, after, matched } = diffing
  if (item.kind !== 'interface' && item.kind !== 'vm-interface') return
  const { mode = matched.current.fields.mode } = after
  const without: [string, FieldValue][] = [
    ...(mode === 'tagged' ? [] : [['tagged_vlans', []] as [string, FieldValue]]),
    ...(isBlank(mode) ? [['untagged_vlan', null] as [string, FieldValue]] : [])
  ]
  for (const [field] of without) leave(diffing, field)
  if (Object.keys(after).length === 0) return
  for (const [field, nothing] of without) tellEmpty(diffing, field, nothing)
}

/** NetBox would drop it, and the next Run send it again. */
function leave(diffing: Diffing, field: string): void {
  const { item, matched, context, before, after, why } = diffing
  const wanted = after[field]
  if (wanted === undefined || isBlank(wanted)) return
  for (const side of [before, after, why]) delete side[field]
  const owner = policyOf(item, field, matched, context)
  keep(diffing, field, { ...owner, reason: 'the mode that NetBox keeps has none', wanted })
}

/**
 * NetBox empties what a mode has no room for, with whatever write: said, so that it is seen and can be undone. A VLAN that
 * was to be left, or that a person added, goes with the mode, and for the reason of the mode.
 */
function tellEmpty(diffing: Diffing, field: string, nothing: FieldValue): void {
  const { item, matched, after, context, why } = diffing
  if (after[field] !== undefined || isBlank(matched.current.fields[field])) return
  const owner = policyOf(item, field, matched, context)
  const reason = `${why.mode?.reason ?? 'drift'}: this mode has none`
  write(diffing, field, nothing, whyOf(item, field, owner, reason))
}
