import { type Change, type Fields, fieldSpec, isRef, type PlanStep } from '@proxbox/contracts'
import { interimName } from './interim-name.ts'
import { nameIn } from './name-in.ts'

type Entry = PlanStep['entries'][number]

/** What Changes of a Plan take from objects that have it now. */
export interface Taken {
  /** Names, as `nameIn` tells them. */
  readonly names: ReadonlySet<string>
  /** Keys of addresses that go to another interface. */
  readonly moved: ReadonlySet<string>
  /** Keys of addresses that leave theirs, for another one or for none. */
  readonly leaving: ReadonlySet<string>
}

export function takenIn(changes: readonly Change[]): Taken {
  const names = new Set<string>()
  const moved = new Set<string>()
  const leaving = new Set<string>()
  for (const change of changes) {
    const { key, kind, action, after } = change
    const name = action === 'delete' ? undefined : nameIn(change, after.name)
    if (name !== undefined) names.add(name)
    if (kind !== 'ip-address' || action !== 'update' || !('assigned_object' in after)) continue
    leaving.add(key)
    if (after.assigned_object !== null) moved.add(key)
  }
  return { names, moved, leaving }
}

/**
 * Pure: what objects of one kind give away before they are deleted, because others of this Plan take it: the name, which
 * NetBox wants unique, and the primary address, which it does not let go elsewhere. What comes may be needed before they
 * can go (their addresses move to it), so they do not simply go first.
 *
 * @param going deletes of one kind
 */
export const givenAway = (going: readonly Change[], taken: Taken): Entry[] =>
  going.flatMap((change): Entry[] => {
    const { key, kind, netbox_id, before } = change
    const name = nameIn(change, before.name)
    const isWanted = name !== undefined && taken.names.has(name)
    const values = {
      ...(isWanted ? { name: interimName(kind, netbox_id) } : {}),
      ...emptied(primariesAmong(change, taken.leaving))
    }
    const fields = Object.keys(values)
    return fields.length === 0 ? [] : [{ key, fields, values }]
  })

/**
 * Pure: primary addresses of an object that stays and gets others instead, emptied: theirs go to another object, and the
 * next ones may be there only after that.
 */
export const primariesGiven = (change: Change, { moved }: Taken): Fields =>
  emptied(
    primariesAmong(change, moved).filter(
      (field) => field in change.after && change.after[field] !== null
    )
  )

const emptied = (fields: readonly string[]): Fields =>
  Object.fromEntries(fields.map((field) => [field, null]))

/** Pure: the fields that name one of these addresses as the primary one. */
const primariesAmong = ({ kind, before }: Change, addresses: ReadonlySet<string>): string[] =>
  Object.entries(before).flatMap(([field, value]) =>
    fieldSpec(kind, field)?.late === true && isRef(value) && addresses.has(value.ref) ? [field] : []
  )
