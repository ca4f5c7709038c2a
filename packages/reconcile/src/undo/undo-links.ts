import { type Change, type Fields, isRef, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { knownAs } from '../full-label.ts'
import { type UndoContext, whyOf } from './undo-context.ts'

/** Pure: fields that we had pointed to what was deleted, and that NetBox has emptied with it. */
function emptied(
  { last_written, kept = {} }: LedgerRow,
  now: Fields,
  deleted: ReadonlySet<string>
): Fields {
  return Object.fromEntries(
    Object.entries(last_written).filter(
      ([field, value]) =>
        isRef(value) && deleted.has(value.ref) && isBlank(now[field]) && kept[field] === undefined
    )
  )
}

/**
 * Pure: the updates, and what points again to objects that are made again: the primary MAC of an interface went with its
 * MAC address, and no Change of the Run says so.
 */
export function undoLinks(context: UndoContext, updates: readonly Change[]): Change[] {
  const { input, objects } = context
  const deleted = new Set(
    input.changes.filter(({ action }) => action === 'delete').map(({ key }) => key)
  )
  const all = new Map(updates.map((change) => [change.key, change]))
  for (const row of deleted.size === 0 ? [] : input.ledger) {
    const { key, kind, netbox_id, origin } = row
    const current = objects.get(netboxKey(kind, netbox_id))
    if (current === undefined || deleted.has(key)) continue
    const links = emptied(row, current.fields, deleted)
    const fields = Object.keys(links)
    if (fields.length === 0) continue
    const own: Change = {
      key,
      kind,
      action: 'update',
      netbox_id,
      origin,
      label: knownAs(row, current),
      before: {},
      after: {},
      why: {}
    }
    const change = all.get(key) ?? own
    all.set(key, {
      ...change,
      before: { ...Object.fromEntries(fields.map((field) => [field, null])), ...change.before },
      after: { ...links, ...change.after },
      why: { ...whyOf(links, change, input.run), ...change.why }
    })
  }
  return [...all.values()]
}
