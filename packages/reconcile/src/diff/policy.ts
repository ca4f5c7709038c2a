import { type FieldValue, type Item, isRef, type Policy } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import { inSubnet } from '../desired/primary-addresses.ts'
import { ruleName } from '../identity/conflicts.ts'
import type { Matched } from '../identity/matching.ts'
import type { DesiredOptions } from '../options.ts'
import type { DiffContext } from './context.ts'

/** A policy, and the Rule that gave it where the table of kinds did not. */
export interface Ownership {
  readonly policy: Policy
  readonly rule?: string
}

const endpointRule = 'policies of this NetBox Endpoint'

/** Pure: is it a primary address of a VM or a device? */
export const isPrimary = (field: string): boolean =>
  field === 'primary_ip4' || field === 'primary_ip6'

function primaryPolicy(value: FieldValue | undefined, { endpoint }: DesiredOptions): Policy {
  if (endpoint.primaryIpPolicy === 'when-unset') return 'fill'
  if (endpoint.primaryIpPolicy === 'always') return 'source'
  const host = isRef(value) ? value.ref.slice(value.ref.lastIndexOf('/') + 1) : ''
  return host !== '' && inSubnet(host, endpoint.primaryIpSubnet) ? 'source' : 'fill'
}

/** What a person knows better than Proxmox of a port that is adopted or cabled. */
const portFields = new Set(['type', 'speed', 'enabled', 'lag'])

/** Pure: `own` means that it exists only through us; of an adopted object that is true of what we wrote. */
function ownPolicy(item: Item, field: string, matched: Matched): Policy {
  const { origin, by, base } = matched
  if (origin === 'created' || base[field] !== undefined) return 'own'
  // Proxmox measures the size of a disk, whoever entered the disk.
  if (item.kind === 'disk' && field === 'size') return 'source'
  // Custom fields by which we found it were ours before the Ledger was.
  return field.startsWith('cf.') && (by === 'custom-field' || by === 'decision') ? 'own' : 'fill'
}

/** Pure: who owns a field: a person's decision, else the NetBox Endpoint, else the table of kinds for such an object. */
export function policyOf(
  item: Item,
  field: string,
  matched: Matched | undefined,
  { options, ruleOf, decisions }: DiffContext
): Ownership {
  const { policy, isOverridden } = ruleOf(item.kind, field)
  const rule = decisions.of(item.key, field, 'drift-in-a-row')
  if (rule?.decision === 'netbox') return { policy: 'fill', rule: ruleName(rule) }
  if (isOverridden) return { policy, rule: endpointRule }
  if (isPrimary(field)) return { policy: primaryPolicy(item.fields[field], options) }
  if (matched === undefined) return { policy }
  if (item.kind === 'interface' && portFields.has(field)) {
    const { origin, current } = matched
    return { policy: origin === 'adopted' || !isBlank(current.fields.cable) ? 'fill' : policy }
  }
  return { policy: policy === 'own' ? ownPolicy(item, field, matched) : policy }
}
