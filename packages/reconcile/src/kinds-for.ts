import { type KindName, kindNames, kinds, type SyncType, versionHas } from '@proxbox/contracts'
import { customFields } from './desired/custom-fields.ts'
import { wantedBy } from './desired/desired-items.ts'

/** Pure: the tables that a Run must read whole: those of ours, and those that we only refer to. */
export function kindsFor(
  types: readonly SyncType[],
  netboxVersion: string
): { owned: KindName[]; reference: KindName[] } {
  const wanted = wantedBy(types)
  if (!wanted.devices) return { owned: [], reference: [] }
  const reference: KindName[] = ['tenant', 'location', 'region', 'site-group']
  const owned: KindName[] = [
    'tag',
    'custom-field',
    'manufacturer',
    'device-type',
    'device-role',
    'cluster-type',
    'vm-type',
    'site',
    'cluster',
    'device'
  ]
  if (wanted.vms) owned.push('platform', 'vm')
  if (wanted.disks) owned.push('disk')
  if (wanted.interfaces)
    owned.push('interface', 'vm-interface', 'mac-address', 'vlan-group', 'vlan')
  if (wanted.addresses) {
    owned.push('ip-address')
    reference.push('vrf', 'prefix', 'fhrp-group')
  }
  const has = (list: readonly KindName[]) =>
    kindNames.filter((kind) => list.includes(kind) && versionHas(netboxVersion, kinds[kind].since))
  return { owned: has(owned), reference: has(reference) }
}

const withCustomFields = new Set<KindName>(['vm', 'device', 'cluster'])

/** Pure: the fields of a kind that are compared or matched by; custom fields as `cf.<name>`. */
export const fieldsFor = (kind: KindName): readonly string[] => [
  ...Object.keys(kinds[kind].fields),
  ...(withCustomFields.has(kind)
    ? customFields().map((item) => `cf.${String(item.fields.name)}`)
    : [])
]
