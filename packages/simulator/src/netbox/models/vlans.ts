import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model } from '../engine/model.ts'
import type { Row } from '../engine/row.ts'
import {
  choice,
  comments,
  constant,
  countOf,
  description,
  generic,
  genericTarget,
  integer,
  reference,
  requiredText,
  slug
} from './fields.ts'
import { checkScope, nameOf } from './rules.ts'

type Range = readonly [number, number]

// `ranges` fields are decoded as lists of two integers.
const rangesOf = (row: Row | undefined): Range[] =>
  Array.isArray(row?.vid_ranges)
    ? row.vid_ranges.map(([low, high]): Range => [Number(low), Number(high)])
    : []

const sizeOf = (row: Row) => rangesOf(row).reduce((sum, [low, high]) => sum + high - low + 1, 0)

const vlanGroup: Model = {
  key: 'ipam.vlangroup',
  path: '/ipam/vlan-groups/',
  className: 'VLANGroup',
  verbose: 'VLAN group',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 100),
    slug(),
    ...generic(
      'scope',
      [
        'dcim.site',
        'dcim.location',
        'dcim.region',
        'dcim.sitegroup',
        'virtualization.cluster',
        'virtualization.clustergroup'
      ],
      { isResetByPut: true }
    ),
    { name: 'vid_ranges', kind: 'ranges', default: [[1, 4094]] },
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    description,
    comments
  ],
  computed: [
    genericTarget('scope'),
    { name: 'total_vlan_ids', since: 6, value: sizeOf },
    constant('owner', null),
    countOf('vlan_count', 'ipam.vlan', 'group'),
    {
      name: 'utilization',
      value: (row, { context }) => {
        const used = context.store.ids('ipam.vlan', 'group', row.id).size
        return ((used / Math.max(1, sizeOf(row))) * 100).toFixed(1)
      }
    }
  ],
  nested: ['name', 'slug', 'description'],
  brief: ['name', 'slug', 'description', 'vlan_count'],
  ordering: ['name'],
  unique: ['name', 'slug'].map((field) => ({
    key: (row: Readonly<Record<string, unknown>>) =>
      row.scope_type === null ? undefined : keyed(row.scope_type, row.scope_id, row[field]),
    message: `VLAN group with this Scope type, Scope id and ${field === 'name' ? 'Name' : 'Slug'} already exists.`
  })),
  indexes: { slug: (row) => String(row.slug), name: nameOf },
  display: nameOf,
  prepare: (draft, _before, rules) => checkScope(draft, rules)
}

const vlan: Model = {
  key: 'ipam.vlan',
  path: '/ipam/vlans/',
  className: 'VLAN',
  verbose: 'VLAN',
  tags: true,
  customFields: true,
  fields: [
    reference('site', 'dcim.site', { onDelete: 'protect' }),
    reference('group', 'ipam.vlangroup', { onDelete: 'protect', isResetByPut: true }),
    integer('vid', { required: true, nullable: false, min: 1, max: 4094 }),
    requiredText('name', 64),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    choice('status', ['active', 'reserved', 'deprecated'], { default: 'active' }),
    description,
    comments
  ],
  computed: [
    ...['role', 'qinq_role', 'qinq_svlan', 'owner', 'l2vpn_termination'].map((name) =>
      constant(name, null)
    ),
    countOf('prefix_count', 'ipam.prefix', 'vlan')
  ],
  nested: ['vid', 'name', 'description'],
  ordering: ['site', 'group', 'vid'],
  unique: [
    {
      key: (row) => (row.group === null ? undefined : keyed(row.group, row.vid)),
      message: 'VLAN with this Group and VLAN ID already exists.'
    },
    {
      key: (row) => (row.group === null ? undefined : keyed(row.group, row.name)),
      message: 'VLAN with this Group and Name already exists.'
    }
  ],
  display: (row) => `${row.name} (${row.vid})`,
  clean: (draft, _before, { store, errors }) => {
    const group = store.get('ipam.vlangroup', draft.group)
    if (!group) return
    const vid = Number(draft.vid)
    const ranges = rangesOf(group)
    if (draft.site !== null && group.scope_type === 'dcim.site' && group.scope_id !== draft.site) {
      const scope = nameOf(store.get('dcim.site', group.scope_id))
      const site = nameOf(store.get('dcim.site', draft.site))
      const text = `VLAN is assigned to group ${group.name} (scope: ${scope}); cannot also assign to site ${site}.`
      addError(errors, '__all__', text)
    } else if (!ranges.some(([low, high]) => low <= vid && vid <= high)) {
      const shown = ranges.map(([low, high]) => `${low}-${high}`).join(', ')
      addError(errors, 'vid', `VID must be in ranges ${shown} for VLANs in group ${group.name}`)
    }
  }
}

export const vlans: readonly Model[] = [vlanGroup, vlan]
