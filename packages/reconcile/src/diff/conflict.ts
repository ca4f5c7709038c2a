import type { Conflict, FieldValue, Item, Notice } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import type { Matched } from '../identity/matching.ts'

/** After so many corrections in a row somebody else writes the field too. */
export const driftsInARow = 3

const longest = 60

/** Pure: a value as people read it, in a sentence. */
function shownValue(value: FieldValue): string {
  if (value === null || value === '') return 'nothing'
  if (isRef(value)) return value.ref
  if (Array.isArray(value)) return value.map(shownValue).join(', ') || 'nothing'
  const text = String(value)
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text
  return typeof value === 'string' ? `"${cut}"` : cut
}

type Sides = Pick<Conflict, 'proxmox' | 'netbox'>

const sentences = {
  'both-changed': (field: string, { proxmox, netbox }: Sides) =>
    `${field} was changed on both sides: Proxmox has ${shownValue(proxmox)}, NetBox ${shownValue(netbox)}, which stays.`,
  'drift-in-a-row': (field: string, { proxmox, netbox }: Sides) =>
    `${field} was corrected to ${shownValue(proxmox)} in ${driftsInARow} Runs in a row, and another writer set it to ${shownValue(netbox)} again: it is left so.`
}
const decisionsOf = {
  'both-changed': (field: string, { proxmox }: Sides) => [
    { decision: 'proxmox', does: `Writes ${shownValue(proxmox)} to NetBox.` },
    { decision: 'netbox', does: `Leaves ${field} as NetBox has it.` }
  ],
  'drift-in-a-row': (field: string, { proxmox }: Sides) => [
    { decision: 'proxmox', does: `Writes ${shownValue(proxmox)} to NetBox, and goes on counting.` },
    { decision: 'netbox', does: `Leaves ${field} to NetBox from now on, as with policy fill.` }
  ]
}
export type FieldConflictCode = keyof typeof sentences

/** Pure: two sides of one field that a person must decide between. */
export function fieldConflict(
  item: Item,
  field: string,
  { current }: Matched,
  { code, ...sides }: { code: FieldConflictCode } & Sides
): Conflict {
  return {
    key: item.key,
    kind: item.kind,
    label: current.label,
    field,
    code,
    detail: sentences[code](field, sides),
    netbox_id: current.netbox_id,
    ...sides,
    decisions: decisionsOf[code](field, sides)
  }
}

/** Pure: the note by which a Run tells of a conflict that nobody has decided. */
export const conflictNotice = ({ key, label, detail }: Conflict): Notice => ({
  key,
  label,
  code: 'CONFLICT_OPEN',
  detail
})
