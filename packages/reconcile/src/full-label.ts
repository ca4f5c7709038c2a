import {
  type Change,
  type CurrentItem,
  type Fields,
  type FieldValue,
  isPart,
  isRef,
  type KindName,
  kinds,
  type LedgerRow,
  labelAfter
} from '@proxbox/contracts'
import type { Matching } from './identity/matching.ts'

/**
 * How a part is called with what it is a part of (`web-1 net0`), by its key and its own name; undefined where that is not
 * known, and for all else.
 */
export type FullLabels = (key: string, own: string) => string | undefined

type Known = Pick<Matching, 'byKey' | 'claimed' | 'object' | 'desired'>

interface Named {
  readonly kind: KindName
  readonly fields: Fields
}

const nothing: readonly Change[] = []

/**
 * Pure: the names of what parts belong to: as NetBox has them, once `changes` are written; of what it does not have, as
 * Proxmox has them.
 */
export function fullLabels(
  { byKey, claimed, object, desired }: Known,
  changes: readonly Change[] = nothing
): FullLabels {
  const written = new Map(changes.map(({ key, after }) => [key, after]))
  const names = new Map<string, string | undefined>()
  const thingOf = (key: string): (Named & Partial<CurrentItem>) | undefined =>
    byKey.get(key)?.current ?? object(key) ?? desired.get(key)
  const valueIn = (key: string, { fields }: Named, field: string): FieldValue | undefined =>
    written.get(key)?.[field] ?? fields[field]

  function namesAbove(key: string): string | undefined {
    const thing = thingOf(key)
    if (thing === undefined) return undefined
    const { parent } = kinds[thing.kind]
    const holder = parent === undefined ? undefined : valueIn(key, thing, parent)
    return isRef(holder) ? wholeName(claimed.get(holder.ref) ?? holder.ref) : undefined
  }
  function wholeName(key: string): string | undefined {
    if (!names.has(key)) names.set(key, nameOf(key))
    return names.get(key)
  }
  function nameOf(key: string): string | undefined {
    const thing = thingOf(key)
    if (thing === undefined) return undefined
    const name = valueIn(key, thing, 'name') ?? thing.label
    if (typeof name !== 'string') return undefined
    return isPart(thing.kind) ? joined(namesAbove(key), name) : name
  }
  return (key, own) => joined(namesAbove(key), own)
}

const joined = (above: string | undefined, own: string): string | undefined =>
  above === undefined ? undefined : `${above} ${own}`

/**
 * Pure: what people call an object of the Ledger: a part as the Ledger calls it, by the name that it has by now; all else
 * as NetBox shows it.
 */
export const knownAs = (
  { kind, label, last_written }: LedgerRow,
  current: Pick<CurrentItem, 'label' | 'fields'>
): string =>
  isPart(kind)
    ? labelAfter({ kind, label, before: last_written, after: current.fields })
    : current.label
