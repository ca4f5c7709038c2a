import {
  type CurrentItem,
  type Fields,
  type FieldValue,
  isRef,
  type KindName,
  kinds,
  netboxIdFrom
} from '@proxbox/contracts'
import { decodeObject, wireFields } from './decode-object.ts'
import type { NetBox, Query } from './open-netbox.ts'
import { walkPages } from './walk-pages.ts'
import { chunksOf } from './wire.ts'

// gunicorn's request line holds 4094 bytes: 25 names of 64 characters take 1,750 (`&name=`), as many parents 675
// (`&virtual_machine_id=1234567`), path, fields and cursor 350. The rest is for percent signs: few, as Proxmox's own names
// are ASCII.
const perCall = 25

export interface Sought {
  readonly key: string
  readonly fields: Fields
}

/**
 * The objects that entries of a create would have become, by entry key; each object stands for one entry at most, the
 * newest first. Kinds without uniqueness (MACs, addresses) are told apart by what they are assigned to.
 *
 * @param sought createdSince is server time in ms: objects made before are not ours
 */
export async function findByNatural(
  netbox: NetBox,
  sought: {
    readonly kind: KindName
    readonly entries: readonly Sought[]
    readonly createdSince?: number
  },
  signal: AbortSignal
): Promise<Map<string, CurrentItem>> {
  const { kind, entries, createdSince = 0 } = sought
  const found = new Map<string, CurrentItem>()
  const fields = `${wireFields(kind)},created`
  const taken = new Set<number>()
  for (const some of chunksOf(entries, perCall)) {
    const query: Query = { fields, ...filterFrom(kind, some) }
    const rows = await walkPages(netbox.inside, kinds[kind].path, query, signal)
    const items = new Map<string, CurrentItem[]>()
    for (const row of rows) {
      if (madeAt(row.created) < createdSince) continue
      const item = decodeObject(kind, row)
      const name = naturalName(kind, item.fields)
      items.set(name, [...(items.get(name) ?? []), item])
    }
    for (const entry of some) {
      const same = items.get(naturalName(kind, entry.fields)) ?? []
      const item = same.filter((one) => !taken.has(one.netbox_id)).at(-1)
      if (item === undefined) continue
      taken.add(item.netbox_id)
      found.set(entry.key, item)
    }
  }
  return found
}

// A day without time (old rows) is midnight; what cannot be read counts as new.
function madeAt(created: unknown): number {
  const at = typeof created === 'string' ? Date.parse(created) : Number.NaN
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at
}

/** Narrows by the texts and numbers of the name; what a version ignores only brings more rows, which are compared. */
function filterFrom(kind: KindName, entries: readonly Sought[]): Query {
  const [field] = kinds[kind].natural.filter((name) => kinds[kind].fields[name]?.type !== 'ref')
  const parent = kinds[kind].natural.find((name) => kinds[kind].fields[name]?.type === 'ref')
  const texts = entries.map(({ fields }) => (field === undefined ? null : fields[field]))
  const values = [...new Set(texts.map(String))]
  const parents = entries.map(({ fields }) => {
    const value = parent === undefined ? null : fields[parent]
    return isRef(value) ? netboxIdFrom(value.ref) : undefined
  })
  const isComplete = parent !== undefined && parents.every((id) => id !== undefined)
  return {
    ...(field === undefined ? {} : { [field]: values }),
    ...(isComplete
      ? { [`${parent}_id`]: [...new Set(parents.filter((id) => id !== undefined))] }
      : {})
  }
}

// What makes it itself beyond the natural name: uniqueness of guests and devices is per tenant.
const more: Partial<Record<KindName, readonly string[]>> = {
  vm: ['tenant', 'device'],
  device: ['tenant'],
  'ip-address': ['assigned_object'],
  vlan: ['name', 'site']
}

function naturalName(kind: KindName, fields: Fields): string {
  const names = [...kinds[kind].natural, ...(more[kind] ?? [])]
  return JSON.stringify(names.map((name) => comparable(fields[name])))
}

// NetBox trims, upper-cases MACs, compares names of guests and devices without case.
function comparable(value: FieldValue | undefined): unknown {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}
