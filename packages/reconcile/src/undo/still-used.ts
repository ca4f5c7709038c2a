import { type CurrentItem, type Fields, type FieldValue, isRef } from '@proxbox/contracts'

/** Pure: NetBox keys that these fields point to. */
function refsIn(fields: Fields): string[] {
  const refs: string[] = []
  const collect = (value: FieldValue) => {
    if (Array.isArray(value)) for (const one of value) collect(one)
    else if (isRef(value)) refs.push(value.ref)
  }
  for (const value of Object.values(fields)) collect(value)
  return refs
}

/** Pure: custom fields with a value in an object point to their definition, by name. */
const customFieldsIn = ({ fields }: CurrentItem, byName: ReadonlyMap<string, string>): string[] =>
  Object.entries(fields).flatMap(([field, value]) => {
    const empty = value === null || value === '' || (Array.isArray(value) && value.length === 0)
    const key = field.startsWith('cf.') && !empty ? byName.get(field.slice(3)) : undefined
    return key === undefined ? [] : [key]
  })

/**
 * Pure: which of the objects that are to go must stay, because something that stays points to them: NetBox key → what
 * uses it. An object that stays keeps what it points to itself.
 *
 * @param after fields of surviving objects as they will be, by NetBox key
 */
export function stillUsed(
  current: readonly CurrentItem[],
  going: ReadonlySet<string>,
  after: ReadonlyMap<string, Fields>
): Map<string, CurrentItem> {
  const byName = new Map(
    current.flatMap((item) =>
      item.kind === 'custom-field' ? [[String(item.fields.name), item.key] as const] : []
    )
  )
  const byKey = new Map(current.map((item) => [item.key, item]))
  const used = new Map<string, CurrentItem>()
  const open = current.filter((item) => !going.has(item.key))
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const left = { ...item, fields: { ...item.fields, ...after.get(item.key) } }
    for (const ref of [...refsIn(left.fields), ...customFieldsIn(left, byName)]) {
      if (!going.has(ref) || used.has(ref)) continue
      used.set(ref, item)
      const kept = byKey.get(ref)
      if (kept !== undefined) open.push(kept)
    }
  }
  return used
}
