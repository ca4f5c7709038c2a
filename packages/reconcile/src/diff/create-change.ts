import type { Change, FieldValue, Item, Why } from '@proxbox/contracts'
import { isBlank, normal } from '../canonical.ts'
import type { DiffContext } from './context.ts'
import { reachOf } from './field-reach.ts'
import { misplaced } from './misplaced.ts'
import { type Ownership, policyOf } from './policy.ts'

const labelOf = (item: Item): string => {
  const { fields } = item
  const name = fields.name ?? fields.address ?? fields.mac_address ?? fields.model ?? fields.vid
  return typeof name === 'string' || typeof name === 'number' ? String(name) : item.key
}

/** Pure: why a field of an Item is as it is; the source path goes along where the Item tells it. */
export function whyOf(item: Item, field: string, owner: Ownership, reason: string): Why {
  const source = item.sources?.[field]
  return { ...owner, reason, ...(source === undefined ? {} : { source }) }
}

/**
 * Pure: the Change that makes a new object; blank fields need no words.
 *
 * @param isAgain the Ledger knows it, and NetBox has it no more: a person who deleted it must see that it comes back
 */
export function createChange(item: Item, context: DiffContext, isAgain = false): Change {
  const reason = isAgain ? 'gone from NetBox, made again' : 'new in Proxmox'
  const own = labelOf(item)
  const after: Record<string, FieldValue> = {}
  const why: Record<string, Why> = {}
  for (const [field, value] of Object.entries(item.fields)) {
    const stored = normal(item.kind, field, value)
    if (isBlank(stored) || !context.ruleOf(item.kind, field).isSent) continue
    if (misplaced(item, field, undefined, context) !== undefined) continue
    if (reachOf(item.kind, field, context) === 'nowhere') continue
    after[field] = stored
    why[field] = whyOf(item, field, policyOf(item, field, undefined, context), reason)
  }
  return {
    key: item.key,
    kind: item.kind,
    action: 'create',
    netbox_id: null,
    before: {},
    after,
    why,
    label: context.full(item.key, own) ?? own,
    ...(item.evidence === undefined ? {} : { evidence: item.evidence }),
    origin: 'created'
  }
}
