import type { Change, HeldChange, Notice, Plan } from '@proxbox/contracts'
import type { Guarded } from '../guards/guard.ts'
import { heldReferences } from '../guards/references.ts'
import { waitForNames } from '../guards/wait-for-names.ts'
import { customFieldKey } from '../key-of.ts'
import { orderChanges } from '../order/order.ts'
import { withRequired } from '../required-fields.ts'
import { type UndoContext, type UndoInput, undoContext } from './undo-context.ts'
import { undoCreates } from './undo-creates.ts'
import { undoDeletes } from './undo-deletes.ts'
import { undoLinks } from './undo-links.ts'
import { undoUpdates } from './undo-updates.ts'

/**
 * Pure: the Plan that takes back what a Run has written. What a person changed since stays and is named, and so is what
 * something that stays uses, what cannot be seen, and what is there again. What the Run created is deleted, what it
 * deleted is made again with the fields that we held.
 */
export function planUndo(input: UndoInput): Plan {
  const context = undoContext(input)
  const { updates, notices } = undoUpdates(context)
  const remade = undoDeletes(context)
  const creates = withRequired(remade.creates, input.current)
  const writes = [...undoLinks(context, updates), ...creates]
  const { kept, held, left } = guarded(writes, context)
  const changes = [...kept].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    changes,
    steps: orderChanges(changes, input),
    held: [...held],
    adoptions: [],
    notices: [...notices, ...left, ...remade.notices],
    conflicts: [],
    // An undo looks at no guest.
    seen: { waiting: [], begun: [], ended: [] },
    unchanged: {}
  }
}

/**
 * Pure: all Changes with the deletes that they allow. What is held moves nothing away from an object that was made, so
 * that one may have to stay as well, and keep its name.
 */
function guarded(
  writes: readonly Change[],
  context: UndoContext
): Guarded & { readonly left: readonly Notice[] } {
  const { input, objects, resolve } = context
  const isUpdate = ({ action }: Change) => action === 'update'
  // Custom fields are known by their names: others' are not in the Ledger.
  const fields = new Set(
    input.current.flatMap(({ kind, fields: { name } }) =>
      kind === 'custom-field' ? [customFieldKey(String(name))] : []
    )
  )
  const isThere = (key: string) => fields.has(key) || objects.has(resolve(key))
  let open = writes
  const held: HeldChange[] = []
  for (;;) {
    const { deletes, notices } = undoCreates(context, open.filter(isUpdate))
    const all = new Set([...open, ...deletes])
    const named = waitForNames([...all], { current: input.current, resolve })
    const { kept, held: more } = heldReferences(named.kept, isThere)
    held.push(...named.held, ...more)
    if (kept.length === all.size && kept.every((change) => all.has(change)))
      return { kept, held, left: notices }
    open = kept.filter(({ action }) => action !== 'delete')
  }
}
