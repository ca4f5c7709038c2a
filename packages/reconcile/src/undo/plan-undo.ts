import type { Plan } from '@proxbox/contracts'
import { heldReferences } from '../guards/references.ts'
import { orderChanges } from '../order/order.ts'
import { type UndoInput, undoContext } from './undo-context.ts'
import { undoCreates } from './undo-creates.ts'
import { undoDeletes } from './undo-deletes.ts'
import { undoLinks } from './undo-links.ts'
import { undoUpdates } from './undo-updates.ts'

/**
 * Pure: the Plan that takes back what a Run has written. What a person changed since stays and is named, as does what
 * something that stays uses. What the Run created is deleted, what it deleted is made again with the fields that we held.
 */
export function planUndo(input: UndoInput): Plan {
  const context = undoContext(input)
  const undoneUpdates = undoUpdates(context)
  const updates = undoLinks(context, undoneUpdates.updates)
  const undone = undoCreates(context, updates)
  const all = [...updates, ...undoDeletes(context), ...undone.deletes]
  const { kept, held } = heldReferences(all, (key) => context.objects.has(context.resolve(key)))
  const changes = [...kept].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    changes,
    steps: orderChanges(changes, input),
    held: [...held],
    adoptions: [],
    notices: [...undoneUpdates.notices, ...undone.notices],
    conflicts: [],
    unchanged: {}
  }
}
