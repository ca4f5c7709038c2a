import {
  type Change,
  type CurrentItem,
  type FieldValue,
  isRef,
  kinds,
  missedCustomField,
  netboxKey,
  type Quarantined
} from '@proxbox/contracts'
import { isBlank } from './canonical.ts'
import { defaultOf } from './custom-defaults.ts'

type Definitions = readonly CurrentItem[]

/** Pure: the custom fields that NetBox requires. One whose data NetBox is still filling in or taking out is in no force. */
const requiredIn = (current: readonly CurrentItem[]): Definitions =>
  current.filter(
    ({ kind, fields: { required, status = 'active' } }) =>
      kind === 'custom-field' && required === true && status === 'active'
  )

const isOf = ({ fields: { object_types: types } }: CurrentItem, model: string): boolean =>
  Array.isArray(types) && types.some((one: FieldValue) => !isRef(one) && one === model)

/**
 * Pure: new objects with the defaults of custom fields that somebody else requires, as NetBox's own form enters them. Its
 * REST API fills in none for a request that names any custom field, and refuses the object. They are shown and sent, and
 * stay somebody else's: the Ledger does not learn them, and no later Run looks at them.
 */
export function withRequired(
  changes: readonly Change[],
  current: readonly CurrentItem[]
): readonly Change[] {
  const required = requiredIn(current)
  if (required.length === 0) return changes
  return changes.map((change) =>
    change.action === 'create' && kinds[change.kind].hasCustomFields
      ? filled(
          change,
          required.filter((one) => isOf(one, kinds[change.kind].model))
        )
      : change
  )
}

function filled(change: Change, required: Definitions): Change {
  const entries = required.flatMap(({ fields }) => {
    const [field, value] = [`cf.${String(fields.name)}`, defaultOf(fields)]
    return value === undefined || field in change.after ? [] : [[field, value] as const]
  })
  if (entries.length === 0) return change
  const why = { policy: 'fill', reason: 'required in NetBox: its default there' } as const
  return {
    ...change,
    after: { ...change.after, ...Object.fromEntries(entries) },
    why: { ...change.why, ...Object.fromEntries(entries.map(([field]) => [field, why])) },
    foreign: entries.map(([field]) => field)
  }
}

/**
 * Pure: is what NetBox missed in a refused object there by now, or required no more? A new object gets a default that it was
 * not sent with, or that NetBox now asks of a part that is made with it; what is there already has got a value by
 * somebody's hand. A definition that was not read says nothing.
 *
 * @param object what NetBox has under a NetBox key
 */
export function mendedIn(
  current: readonly CurrentItem[],
  object: (key: string) => CurrentItem | undefined
) {
  const definitions = new Map(
    current.flatMap(({ kind, fields }) =>
      kind === 'custom-field' ? [[String(fields.name), fields] as const] : []
    )
  )
  return ({ detail, values }: Quarantined, { kind, action, netbox_id }: Change): boolean => {
    const name = missedCustomField(detail)
    const definition = definitions.get(name ?? '')
    if (definition === undefined) return false
    if (definition.required !== true) return true
    const field = `cf.${name}`
    if (action === 'create') return !(field in values) && defaultOf(definition) !== undefined
    return !isBlank(object(netboxKey(kind, netbox_id ?? 0))?.fields[field])
  }
}
