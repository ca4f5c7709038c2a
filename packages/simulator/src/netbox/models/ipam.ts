import { contains, networkFrom } from '../engine/addresses.ts'
import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Row } from '../engine/row.ts'
import { SCOPES } from './clusters.ts'
import {
  choice,
  comments,
  constant,
  constants,
  countOf,
  description,
  flag,
  generic,
  genericTarget,
  reference,
  requiredText,
  text
} from './fields.ts'
import { checkScope } from './rules.ts'

const vrf: Model = {
  key: 'ipam.vrf',
  path: '/ipam/vrfs/',
  className: 'VRF',
  verbose: 'VRF',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 100),
    text('rd', 21, { nullable: true, unique: true }),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    flag('enforce_unique', true),
    description,
    comments
  ],
  computed: [
    constant('owner', null),
    ...constants([], ['import_targets', 'export_targets']),
    countOf('ipaddress_count', 'ipam.ipaddress', 'vrf'),
    countOf('prefix_count', 'ipam.prefix', 'vrf')
  ],
  nested: ['name', 'rd', 'description'],
  brief: ['name', 'rd', 'description', 'prefix_count'],
  ordering: ['name', 'rd'],
  display: (row) => (row.rd ? `${row.name} (${row.rd})` : String(row.name)),
  prepare: (draft) => {
    if (draft.rd === '') draft.rd = null
  }
}

/** Whether duplicates are refused: globally by default, in a VRF unless it says otherwise. */
export function isUniqueSpace(vrfId: unknown, { store }: Pick<Rules, 'store'>): boolean {
  return vrfId === null || store.get('ipam.vrf', vrfId)?.enforce_unique !== false
}

export function tableOf(vrfId: unknown, { store }: Pick<Rules, 'store'>): string {
  const found = store.get('ipam.vrf', vrfId)
  if (!found) return 'global table'
  return `VRF ${found.rd ? `${found.name} (${found.rd})` : found.name}`
}

export const family = (field: string) => ({
  name: 'family',
  value: (row: Row) => {
    const value = networkFrom(String(row[field]))?.family
    return { value, label: `IPv${value}` }
  }
})

const prefix: Model = {
  key: 'ipam.prefix',
  path: '/ipam/prefixes/',
  className: 'Prefix',
  verbose: 'prefix',
  tags: true,
  customFields: true,
  fields: [
    { name: 'prefix', kind: 'prefix', required: true },
    reference('vrf', 'ipam.vrf', { onDelete: 'protect' }),
    ...generic('scope', SCOPES, { isResetByPut: true }),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    reference('vlan', 'ipam.vlan', { onDelete: 'protect' }),
    choice('status', ['container', 'active', 'reserved', 'deprecated'], { default: 'active' }),
    flag('is_pool', false),
    flag('mark_utilized', false),
    description,
    comments
  ],
  computed: [
    family('prefix'),
    genericTarget('scope'),
    ...constants(null, ['role', 'owner']),
    { name: 'children', value: (row, { context }) => relatives(row, context).children },
    { name: '_depth', value: (row, { context }) => relatives(row, context).parents }
  ],
  nested: ['family', 'prefix', 'description', '_depth'],
  ordering: ['vrf', 'prefix'],
  search: ['prefix', 'description'],
  indexes: { table: (row) => keyed(row.vrf, row.prefix) },
  filters: {
    within_include: { match: (row, value) => isInside(String(row.prefix), value) },
    within: { match: (row, value) => row.prefix !== value && isInside(String(row.prefix), value) },
    contains: { match: (row, value) => isInside(value, String(row.prefix)) },
    family: { match: (row, value) => String(networkFrom(String(row.prefix))?.family) === value }
  },
  display: (row) => String(row.prefix),
  prepare: (draft, _before, rules) => checkScope(draft, rules),
  clean: (draft, before, rules) => {
    const value = String(draft.prefix)
    if (networkFrom(value)?.bits === 0) {
      addError(rules.errors, 'prefix', 'Cannot create prefix with /0 mask.')
    } else if (isUniqueSpace(draft.vrf, rules)) {
      const twins = rules.store.where('ipam.prefix', 'table', keyed(draft.vrf, value))
      if (twins.every((twin) => twin.id === before?.id)) return
      const text = `Duplicate prefix found in ${tableOf(draft.vrf, rules)}: ${value}`
      addError(rules.errors, 'prefix', text)
    }
  }
}

/** Is `inner` part of `outer`? */
export function isInside(inner: string, outer: string): boolean {
  const [small, big] = [networkFrom(inner), networkFrom(outer)]
  return small !== undefined && big !== undefined && contains(big, small)
}

function relatives(
  row: Row,
  { store }: Pick<Rules, 'store'>
): { children: number; parents: number } {
  const count = { children: 0, parents: 0 }
  const own = networkFrom(String(row.prefix))
  if (!own) return count
  for (const other of store.rows('ipam.prefix')) {
    const network =
      other.id === row.id || other.vrf !== row.vrf ? undefined : networkFrom(String(other.prefix))
    if (!network) continue
    if (contains(own, network) && network.bits > own.bits) count.children++
    else if (contains(network, own) && network.bits < own.bits) count.parents++
  }
  return count
}

export const ipam: readonly Model[] = [vrf, prefix]
