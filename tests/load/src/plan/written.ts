import {
  type CurrentItem,
  type Fields,
  type FieldValue,
  isRef,
  type KindName,
  kinds,
  type LedgerRow,
  netboxKey,
  type Plan
} from '@proxbox/contracts'

/** What NetBox and the Ledger hold once a first Plan is applied, without either: ids count up. */
export interface Written {
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
}

/** Pure. @param before what NetBox held already, which the Plan may have adopted. */
export function writtenBy(plan: Plan, before: readonly CurrentItem[]): Written {
  const places = new Map<string, string>()
  const ids = new Map<string, number>()
  let next = Math.max(0, ...before.map((item) => item.netbox_id))
  for (const { key, kind, netbox_id } of [...plan.adoptions, ...plan.changes]) {
    if (netbox_id === null) next += 1
    const id = netbox_id ?? next
    ids.set(key, id)
    places.set(key, netboxKey(kind, id))
  }
  const current = new Map(before.map((item) => [item.key, item]))
  const ledger = new Map<string, LedgerRow>()
  const put = (
    row: Pick<LedgerRow, 'key' | 'kind' | 'label' | 'origin' | 'evidence'>,
    values: Fields
  ) => {
    const netbox_id = ids.get(row.key) ?? 0
    const known = ledger.get(row.key)
    const last_written = { ...known?.last_written, ...values }
    ledger.set(row.key, { ...row, netbox_id, last_written, first_missing_at: null })
  }
  for (const { key, kind, label, origin, evidence, values } of plan.adoptions)
    put({ key, kind, label, origin, evidence }, values)
  for (const { key, kind, origin, evidence = {}, after, label } of plan.changes) {
    put({ key, kind, label, origin, evidence }, after)
    const place = places.get(key) ?? ''
    const fields = { ...(current.get(place)?.fields ?? blank(kind)), ...placed(after, places) }
    current.set(place, { key: place, kind, netbox_id: ids.get(key) ?? 0, fields, label })
  }
  return { current: [...current.values()], ledger: [...ledger.values()] }
}

/** Pure: references as NetBox has them. */
function placed(fields: Fields, places: ReadonlyMap<string, string>): Fields {
  const at = (value: FieldValue): FieldValue => {
    if (isRef(value)) return { ref: places.get(value.ref) ?? value.ref }
    return Array.isArray(value) ? value.map(at) : value
  }
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, at(value)]))
}

/** Pure: a new object's fields before any is sent. */
const blank = (kind: KindName): Fields =>
  Object.fromEntries(
    Object.entries(kinds[kind].fields).map(([field, { type, blank: empty = null }]) => [
      field,
      type === 'set' || type === 'list' ? [] : empty
    ])
  )
