import { addressKinds } from './addresses.ts'
import { deviceKinds } from './devices.ts'
import { guestKinds } from './guests.ts'
import { type KindName, kindNames } from './kind-names.ts'
import type { FieldSpec, KindSpec, Policy } from './kind-spec.ts'
import { networkKinds } from './networks.ts'
import { placeKinds } from './places.ts'
import { scaffoldingKinds } from './scaffolding.ts'
import { tagAndFieldKinds } from './tags-and-fields.ts'

/**
 * The table of kinds: what NetBox calls them, their fields, limits, references, uniqueness and default policies
 * (NetBox REST 4.5 – 4.7 serializers).
 */
export const kinds: Readonly<Record<KindName, KindSpec>> = {
  ...tagAndFieldKinds,
  ...scaffoldingKinds,
  ...placeKinds,
  ...networkKinds,
  ...deviceKinds,
  ...guestKinds,
  ...addressKinds
}

/** Custom fields are `own`: they exist only through us. */
export const customFieldPolicy: Policy = 'own'

/** Pure: the spec of a field, custom fields included; undefined for a name that the kind does not have. */
export function fieldSpec(kind: KindName, field: string): FieldSpec | undefined {
  if (field.startsWith('cf.')) return { type: 'text', policy: customFieldPolicy, blank: null }
  return kinds[kind].fields[field]
}

/** Pure: the kind of a NetBox model name (`virtualization.vminterface`). */
export function kindOfModel(model: string): KindName | undefined {
  return kindNames.find((name) => kinds[name].model === model)
}

/** Pure: does this NetBox version (`4.7.3`) have what began with minor `since`? */
export function versionHas(version: string, since: string | undefined): boolean {
  if (since === undefined) return true
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantMajor = 0, wantMinor = 0] = since.split('.').map(Number)
  return major > wantMajor || (major === wantMajor && minor >= wantMinor)
}
