import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Row } from '../engine/row.ts'
import {
  choice,
  comments,
  constant,
  countOf,
  description,
  generic,
  genericTarget,
  reference,
  requiredReference,
  requiredText
} from './fields.ts'
import { checkScope, nameOf } from './rules.ts'
import { simple } from './simple.ts'

export const VM = 'virtualization.virtualmachine'

const clusterType = simple({
  key: 'virtualization.clustertype',
  path: '/virtualization/cluster-types/',
  className: 'ClusterType',
  verbose: 'cluster type',
  computed: [countOf('cluster_count', 'virtualization.cluster', 'type')],
  more: { brief: ['name', 'slug', 'description', 'cluster_count'] }
})

const clusterGroup = simple({
  key: 'virtualization.clustergroup',
  path: '/virtualization/cluster-groups/',
  className: 'ClusterGroup',
  verbose: 'cluster group',
  computed: [countOf('cluster_count', 'virtualization.cluster', 'group')],
  more: { brief: ['name', 'slug', 'description', 'cluster_count'] }
})

export const SCOPES = ['dcim.region', 'dcim.sitegroup', 'dcim.site', 'dcim.location']

/** The site that a scope lies in, if it is one or has one. */
function siteOfScope(
  row: Readonly<Record<string, unknown>>,
  { store }: Pick<Rules, 'store'>
): number | null {
  if (row.scope_type === 'dcim.site') return typeof row.scope_id === 'number' ? row.scope_id : null
  if (row.scope_type !== 'dcim.location') return null
  const site = store.get('dcim.location', row.scope_id)?.site
  return typeof site === 'number' ? site : null
}

function allocated(field: string) {
  return {
    name: `allocated_${field}`,
    value: (row: Row, { context }: { context: Pick<Rules, 'store'> }) => {
      const values = context.store
        .where(VM, 'cluster', row.id)
        .flatMap((vm) => (typeof vm[field] === 'number' ? [vm[field]] : []))
      return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : null
    }
  }
}

const cluster: Model = {
  key: 'virtualization.cluster',
  path: '/virtualization/clusters/',
  className: 'Cluster',
  verbose: 'cluster',
  tags: true,
  customFields: true,
  fields: [
    requiredText('name', 100),
    requiredReference('type', 'virtualization.clustertype'),
    reference('group', 'virtualization.clustergroup', { onDelete: 'protect', isResetByPut: true }),
    choice('status', ['planned', 'staging', 'active', 'decommissioning', 'offline'], {
      default: 'active'
    }),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    ...generic('scope', SCOPES, { isResetByPut: true }),
    description,
    comments
  ],
  computed: [
    genericTarget('scope'),
    constant('owner', null),
    countOf('device_count', 'dcim.device', 'cluster'),
    countOf('virtualmachine_count', VM, 'cluster'),
    allocated('vcpus'),
    allocated('memory'),
    allocated('disk')
  ],
  nested: ['name', 'description'],
  brief: ['name', 'description', 'virtualmachine_count'],
  ordering: ['name'],
  unique: [
    {
      key: ({ group, name }) => (group === null ? undefined : keyed(group, name)),
      message: 'Cluster with this Group and Name already exists.'
    },
    {
      key: ({ _site: site, name }) => (typeof site === 'number' ? keyed(site, name) : undefined),
      message: 'Cluster with this Site and Name already exists.',
      crash: ({ _site: site, name }) =>
        'duplicate key value violates unique constraint "virtualization_cluster_unique__site_name"\n' +
        `DETAIL:  Key (_site_id, name)=(${site}, ${name}) already exists.`
    }
  ],
  indexes: { name: (row) => String(row.name), _site: (row) => keyed(row._site) },
  filters: {
    site_id: {
      to: 'dcim.site',
      ids: (sites, { store }) =>
        sites.flatMap((site) => [...store.ids('virtualization.cluster', '_site', keyed(site))])
    }
  },
  display: nameOf,
  prepare: (draft, _before, rules) => {
    checkScope(draft, rules)
    draft._site = siteOfScope(draft, rules)
  },
  clean: (draft, before, { store, errors }) => {
    const site = draft._site
    if (!before || typeof site !== 'number') return
    const strangers = store
      .where('dcim.device', 'cluster', before.id)
      .filter((one) => one.site !== site)
    if (strangers.length === 0) return
    const where = nameOf(store.get('dcim.site', site))
    addError(
      errors,
      'scope',
      `${strangers.length} devices are assigned as hosts for this cluster but are not in site ${where}`
    )
  },
  // Without changelog and without a new last_updated.
  saved: (row, _before, { store }) => {
    if (typeof row._site !== 'number') return
    for (const vm of store.where(VM, 'cluster', row.id)) {
      if (vm.site !== row._site) store.put(VM, { ...vm, site: row._site })
    }
  }
}

export const clusters: readonly Model[] = [clusterType, clusterGroup, cluster]
