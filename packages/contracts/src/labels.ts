import type { Fields } from './items.ts'
import { kinds } from './kinds/index.ts'
import type { KindName } from './kinds/kind-names.ts'

const named = ['name', 'address', 'mac_address'] as const

/** Pure: is an object of this kind a part of another, and called with it (`web-1 net0`)? */
export const isPart = (kind: KindName): boolean => kinds[kind].parent !== undefined

/** Pure: what an object is called by itself; undefined where its fields do not tell. */
export function ownName(fields: Fields): string | undefined {
  const name = fields.name ?? fields.address ?? fields.mac_address
  return typeof name === 'string' && name !== '' ? name : undefined
}

interface Renamed {
  readonly kind: KindName
  readonly label: string
  readonly before: Fields
  readonly after: Fields
}

/**
 * Pure: what people call an object once its fields are as in `after`: it is labelled by its name before that. Of a part only
 * the end is its own.
 */
export function labelAfter({ kind, label, before, after }: Renamed): string {
  for (const field of named) {
    const [was, now] = [before[field], after[field]]
    if (typeof was !== 'string' || typeof now !== 'string' || was === '') continue
    if (label === was) return now
    if (isPart(kind) && label.endsWith(` ${was}`)) return label.slice(0, -was.length) + now
  }
  return label
}

/**
 * Pure: what to call an object in a step of its Change: by its name before that, and by its new one in every step that
 * follows the first one with a name. That is never late, and an intermediate one is no name for people.
 *
 * @param before what earlier steps have set
 */
export function labelAt(change: Renamed, sent: Fields, before: Fields = {}): string {
  const isFirst = named.some((field) => field in sent && !(field in before))
  return isFirst ? change.label : labelAfter(change)
}
