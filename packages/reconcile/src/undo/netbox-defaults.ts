import { type CurrentItem, type FieldValue, isRef } from '@proxbox/contracts'

/** What NetBox itself puts into a field of a new object that nobody has said anything of (its models and serializers). */
const defaults: Readonly<Record<string, FieldValue>> = {
  'site.status': 'active',
  'cluster.status': 'active',
  'device.status': 'active',
  'vm.status': 'active',
  'vm.start_on_boot': 'off',
  'vlan.status': 'active',
  'ip-address.status': 'active',
  'interface.enabled': true,
  'interface.count_fhrp_groups': 0,
  'interface.mgmt_only': false,
  'vm-interface.enabled': true,
  'vm-interface.count_fhrp_groups': 0,
  'device-type.u_height': 1,
  'device-role.vm_role': true,
  'device-role.color': '9e9e9e',
  'tag.color': '9e9e9e',
  'custom-field.search_weight': 1000,
  'custom-field.filter_logic': 'loose',
  'custom-field.ui_visible': 'always',
  'custom-field.ui_editable': 'yes'
}

/** Sums of parts. */
const computed = new Set(['vm.disk'])

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
  if (now === undefined || computed.has(name) || defaults[name] === now) return true
  const at = (from: FieldValue | undefined): CurrentItem | undefined =>
    isRef(from) ? object(from.ref) : undefined
  if (name === 'vm.site') {
    const scope = at(fields.cluster)?.fields.scope
    return isRef(scope) && isRef(now) && scope.ref === now.ref
  }
  const back = at(now)?.fields[mutual[name] ?? '']
  return isRef(back) && back.ref === key
}
