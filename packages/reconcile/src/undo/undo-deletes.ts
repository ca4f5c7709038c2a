import { type Change, kinds } from '@proxbox/contracts'
import { isBlank, normal } from '../canonical.ts'
import { type UndoContext, whyOf } from './undo-context.ts'

/** Fields that NetBox works out itself. */
const computed = new Set(['vm.disk'])

/** Pure: what was deleted is made again with all fields that were held; a new object has a new id. */
export function undoDeletes({ input }: UndoContext): Change[] {
  return input.changes
    .filter(({ action }) => action === 'delete')
    .map((change) => {
      const after = Object.fromEntries(
        Object.entries(change.before).flatMap(([field, value]) => {
          const stored = normal(change.kind, field, value)
          const isSent = kinds[change.kind].fields[field] !== undefined || field.startsWith('cf.')
          const isLeft = isBlank(stored) || !isSent || computed.has(`${change.kind}.${field}`)
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
        why: whyOf(after, change, input.run)
      }
    })
}
