import { type CurrentItem, type FieldValue, fieldSpec, isRef } from '@proxbox/contracts'

/** A field that NetBox sets on one side when the other is written: the object there points back. */
const mutual: Readonly<Record<string, string>> = {
  'interface.primary_mac_address': 'assigned_object',
  'vm-interface.primary_mac_address': 'assigned_object',
  'mac-address.assigned_object': 'primary_mac_address'
}

/** Pure: does NetBox say this by itself? A VM lies in the site of its cluster, and an interface and its MAC know each other. */
export function isNetBoxs(
  { kind, key, fields }: CurrentItem,
  field: string,
  object: (key: string) => CurrentItem | undefined
): boolean {
  const now = fields[field]
  const name = `${kind}.${field}`
  const { computed = false, initial } = fieldSpec(kind, field) ?? {}
  if (now === undefined || computed || initial === now) return true
  const at = (from: FieldValue | undefined): CurrentItem | undefined =>
    isRef(from) ? object(from.ref) : undefined
  if (name === 'vm.site') {
    const scope = at(fields.cluster)?.fields.scope
    return isRef(scope) && isRef(now) && scope.ref === now.ref
  }
  const back = at(now)?.fields[mutual[name] ?? '']
  return isRef(back) && back.ref === key
}
