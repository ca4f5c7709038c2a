import { type Change, fieldSpec, type Notice, netboxKey } from '@proxbox/contracts'
import { isBlank, normal } from '../canonical.ts'
import { currentOf, notice, type UndoContext, whyOf } from './undo-context.ts'

/**
 * Pure: what was deleted is made again with all fields that were held; a new object has a new id. What another Run has
 * made again is there already.
 */
export function undoDeletes(context: UndoContext): { creates: Change[]; notices: Notice[] } {
  const deleted = context.input.changes.filter(
    (change) => change.action === 'delete' && currentOf(change, context) === undefined
  )
  const { again = [], gone = [] } = Object.groupBy(deleted, (change) =>
    isThere(change, context) ? 'again' : 'gone'
  )
  return {
    creates: gone.map((change) => creation(change, context.input.run)),
    notices: again.map((change) => notice(change, 'is in NetBox again.'))
  }
}

function isThere({ key }: Change, { rows, objects }: UndoContext): boolean {
  const row = rows.get(key)
  return row !== undefined && objects.has(netboxKey(row.kind, row.netbox_id))
}

function creation(change: Change, run: string): Change {
  const after = Object.fromEntries(
    Object.entries(change.before).flatMap(([field, value]) => {
      const stored = normal(change.kind, field, value)
      const spec = fieldSpec(change.kind, field)
      const isLeft = isBlank(stored) || spec === undefined || spec.computed === true
      return isLeft ? [] : [[field, stored] as const]
    })
  )
  const { goes_with: _, missing_since: __, drifts: ___, ...whole } = change
  return {
    ...whole,
    action: 'create',
    netbox_id: null,
    before: {},
    after,
    why: whyOf(after, change, run)
  }
}
