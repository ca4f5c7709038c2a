import type { Fields, Item, KindName } from '@proxbox/contracts'
import type { Matching } from './matching.ts'

/**
 * What belongs to all of NetBox: found by slug or name and referred to; never edited where it was there before us. Nor
 * is an address, but for where it is assigned.
 */
const referred: Partial<Record<KindName, readonly string[]>> = {
  tag: ['slug', 'name'],
  manufacturer: ['slug', 'name'],
  'device-type': ['slug', 'model', 'manufacturer'],
  'device-role': ['slug', 'name'],
  'cluster-type': ['slug', 'name'],
  'vm-type': ['slug', 'name'],
  platform: ['slug', 'name'],
  site: ['slug', 'name'],
  'vlan-group': ['slug', 'name'],
  vlan: ['vid', 'name', 'group'],
  'ip-address': ['address', 'vrf', 'status', 'assigned_object']
}

/** Pure: the Items to compare: without those that are left alone, with the names that they get. */
export const comparedItems = (desired: readonly Item[], matching: Matching): readonly Item[] =>
  desired
    .filter(({ key }) => !matching.left.has(key))
    .map((item) => {
      const only =
        matching.byKey.get(item.key)?.origin === 'adopted' ? referred[item.kind] : undefined
      const fields = renamed(item, matching)
      return only === undefined && fields === item.fields
        ? item
        : { ...item, fields: only === undefined ? fields : pick(fields, only) }
    })

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))

function renamed({ key, fields }: Item, { names }: Matching): Fields {
  if (!names.has(key)) return fields
  const name = names.get(key)
  const { name: _, ...rest } = fields
  return name === undefined ? rest : { ...rest, name }
}
