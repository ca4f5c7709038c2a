import type { Change, Notice } from '@proxbox/contracts'
import { revertUpdate } from './revert-update.ts'
import { currentOf, notice, type UndoContext, unseen, whyOf } from './undo-context.ts'

/**
 * Pure: what updates wrote, taken back where it still stands; also what an object gave away whose deletion NetBox then
 * refused.
 */
export function undoUpdates(context: UndoContext): { updates: Change[]; notices: Notice[] } {
  const updates: Change[] = []
  const notices: Notice[] = []
  for (const change of context.input.changes.filter(({ action }) => action !== 'create')) {
    const item = currentOf(change, context)
    if (item === undefined && change.action === 'delete') continue
    if (item === undefined) {
      notices.push(unseen(change))
      continue
    }
    const { before, after, moved } = revertUpdate(change, item, context)
    if (moved.length > 0) notices.push(notice(change, `keeps ${moved.join(', ')}, changed since.`))
    if (Object.keys(after).length === 0) continue
    const why = whyOf(after, change, context.input.run)
    const { missing_since: missing, drifts: _, ...whole } = change
    // A mark that is taken off is no mark in the Ledger either: the next Run looks anew.
    const mark = typeof missing === 'string' ? { missing_since: null } : {}
    updates.push({ ...whole, action: 'update', before, after, why, ...mark })
  }
  return { updates, notices }
}
