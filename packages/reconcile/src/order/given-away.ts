import { type Change, type FieldValue, fieldSpec, isRef, type PlanStep } from '@proxbox/contracts'
import { interimName } from './interim-name.ts'
import { nameIn } from './name-in.ts'

type Entry = PlanStep['entries'][number]

/**
 * Pure: what objects of one kind give away before they are deleted, because others of this Plan take it: the name, which
 * NetBox wants unique, and the primary address, which it does not let go elsewhere. What comes may be needed before they
 * can go (their addresses move to it), so they do not simply go first.
 *
 * @param going deletes of one kind
 * @param all every Change of the Plan
 */
export function givenAway(going: readonly Change[], all: readonly Change[]): Entry[] {
  if (going.length === 0) return []
  const wanted = new Set(all.filter(({ action }) => action !== 'delete').flatMap(nameTaken))
  const leaving = new Set(all.filter(isReassigned).map(({ key }) => key))
  return going.flatMap((change): Entry[] => {
    const { key, kind, netbox_id, before } = change
    const name = nameIn(change, before.name)
    const values: Record<string, FieldValue> = {
      ...(name !== undefined && wanted.has(name) ? { name: interimName(kind, netbox_id) } : {}),
      ...Object.fromEntries(primariesAmong(change, leaving).map((field) => [field, null]))
    }
    const fields = Object.keys(values)
    return fields.length === 0 ? [] : [{ key, fields, values }]
  })
}

const nameTaken = (change: Change): string[] => {
  const name = nameIn(change, change.after.name)
  return name === undefined ? [] : [name]
}

const isReassigned = ({ kind, action, after }: Change): boolean =>
  kind === 'ip-address' && action === 'update' && 'assigned_object' in after

/** Pure: the fields that name one of these addresses as the primary one. */
const primariesAmong = ({ kind, before }: Change, addresses: ReadonlySet<string>): string[] =>
  Object.entries(before).flatMap(([field, value]) =>
    fieldSpec(kind, field)?.late === true && isRef(value) && addresses.has(value.ref) ? [field] : []
  )
