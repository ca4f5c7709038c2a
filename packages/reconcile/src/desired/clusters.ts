import { type CurrentItem, type Item, isRef, type Notice } from '@proxbox/contracts'
import { textOf } from '../identity/natural.ts'
import { clusterKey, scaffoldKey, siteKey, tagKey } from '../key-of.ts'
import {
  type Cluster,
  type ClusterConnection,
  type DesiredOptions,
  type HeldCluster,
  knownNames
} from '../options.ts'
import { nameNotices, slugOf, uniqueNames } from './names.ts'
import { netboxClusterOf } from './netbox-cluster-of.ts'
import type { Reference } from './reference.ts'
import { proxboxTag } from './tags.ts'

/** A cluster with all that was decided about it: its name in NetBox, site, tenant. */
export interface Placed {
  readonly cluster: Cluster
  readonly connection: ClusterConnection
  readonly name: string
  /** Value of `proxmox_cluster`. */
  readonly label: string
  readonly site: string
  readonly tenant: string | undefined
  /** The NetBox cluster that it is, where that is known before matching. */
  readonly netboxKey: string | undefined
}

/** Both tags that every top object of ours carries. */
export const ownTags = (options: DesiredOptions) => [
  { ref: tagKey(proxboxTag) },
  { ref: tagKey(options.identityTag.slug) }
]

interface SiteChoice {
  readonly ref?: string
  readonly item?: Item
  readonly reason?: string
}

const lower = (text: string): string => text.trim().toLowerCase()

const defaultSite = 'Proxmox Default Site - '

/** Pure: the default site that the cluster lies in already: it stays there when it is renamed. */
function keptDefault(
  { clusterId }: Cluster,
  { currentKeys, reference: objects }: DesiredOptions,
  reference: Reference
): CurrentItem | undefined {
  const known = currentKeys?.get(clusterKey(clusterId))
  const scope = objects.find(({ key }) => key === known)?.fields.scope
  return reference.sites.find(
    ({ key, fields }) =>
      isRef(scope) && scope.ref === key && String(fields.slug).startsWith(slugOf(defaultSite))
  )
}

function siteFor(
  cluster: Cluster,
  site: string | null,
  options: DesiredOptions,
  reference: Reference
): SiteChoice {
  const endpoint = `Proxmox Endpoint ${cluster.endpointName}`
  if (site !== null) {
    const found = reference.bySlug('site', site)
    return found === undefined
      ? {
          reason: `NetBox has no site "${site}": create it, or set "site" on ${endpoint} to the slug of another one.`
        }
      : { ref: found.key }
  }
  const name = `${defaultSite}${cluster.name}`.slice(0, 100)
  const slug = slugOf(name)
  const own = options.endpoint.createDefaultSite
    ? (keptDefault(cluster, options, reference) ?? reference.bySlug('site', slug))
    : undefined
  const only = reference.sites.length === 1 ? reference.sites[0] : undefined
  if (own === undefined && only !== undefined) return { ref: only.key }
  if (!options.endpoint.createDefaultSite) {
    const none =
      'NetBox has no site: create one there, or set create_default_site on the NetBox Endpoint'
    const several = `NetBox has ${reference.sites.length} sites: set "site" on ${endpoint} to the slug of one of them`
    return { reason: `${reference.sites.length === 0 ? none : several}.` }
  }
  const item: Item = {
    key: siteKey(slug),
    kind: 'site',
    fields: { name, slug, status: 'active' }
  }
  return { ref: own?.key ?? item.key, ...(own === undefined ? { item } : {}) }
}

/** Pure: the site of the only NetBox cluster of the name that the Endpoint tells: its guests lie in it. */
function siteOfNamed(name: string | null, reference: Reference): SiteChoice | undefined {
  const found =
    name === null
      ? []
      : reference.clusters.filter(({ fields }) => textOf(fields, 'name') === lower(name))
  const scope = found.length === 1 ? found[0]?.fields.scope : undefined
  const ref = isRef(scope) ? reference.siteOf(scope.ref) : ''
  return ref.startsWith('netbox:site/') ? { ref } : undefined
}

function namesOf(clusters: readonly Cluster[], options: DesiredOptions) {
  const named = clusters.map((cluster) => {
    const connection = options.connections[cluster.clusterId]
    const key = clusterKey(cluster.clusterId)
    const name = connection?.netboxCluster ?? cluster.name
    // The name of an Endpoint that was behind it stays, whichever Endpoint the cluster is read by now.
    const last = options.lastNames?.get(key) ?? ''
    const had = last.startsWith(`${name} (`) ? last.slice(name.length) : undefined
    const suffix = had ?? ` (${connection?.endpointName ?? cluster.endpointName})`
    return { key, name, suffix, rank: cluster.endpointId }
  })
  const names = uniqueNames(named, 100, 'cluster:', knownNames(options))
  return { names, notices: nameNotices(named, names, 100) }
}

function tenantFor(
  cluster: Cluster,
  slug: string | null,
  reference: Reference,
  notices: Notice[]
): string | undefined {
  if (slug === null) return undefined
  const found = reference.bySlug('tenant', slug)?.key
  if (found === undefined) {
    const detail = `NetBox has no tenant "${slug}": the tenant is left as it is.`
    const key = clusterKey(cluster.clusterId)
    notices.push({ key, label: cluster.name, code: 'ITEM_HELD', detail })
  }
  return found
}

/** Pure: of several Endpoints into one cluster the best read, else the oldest: one cluster, once. */
function oncePerCluster(clusters: readonly Cluster[]): readonly Cluster[] {
  const rank = ({ guestListWhole, quorate, gaps, endpointId }: Cluster) =>
    [guestListWhole ? 0 : 1, quorate ? 0 : 1, gaps.length, endpointId] as const
  const isBetter = (a: Cluster, b: Cluster) => {
    const [one, other] = [rank(a), rank(b)]
    const at = one.findIndex((value, index) => value !== other[index])
    return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0)
  }
  const best = new Map<string, Cluster>()
  for (const cluster of clusters) {
    const known = best.get(cluster.clusterId)
    if (known === undefined || isBetter(cluster, known)) best.set(cluster.clusterId, cluster)
  }
  return [...best.values()]
}

/** Pure: the long labels that clusters have in NetBox: they stay, also when the Ledger is lost. */
const labelsIn = ({ reference }: DesiredOptions): ReadonlySet<string> =>
  new Set(
    reference
      .filter(({ kind }) => kind === 'cluster')
      .map(({ fields }) => String(fields['cf.proxmox_cluster'] ?? ''))
  )

/** Pure: where each cluster goes; those that cannot be placed are held with the sentence what to set. */
export function placeClusters(
  all: readonly Cluster[],
  options: DesiredOptions,
  reference: Reference
): { placed: Placed[]; items: Item[]; held: HeldCluster[]; notices: Notice[] } {
  const clusters = oncePerCluster(all)
  const labels = labelsIn(options)
  const { names, notices } = namesOf(clusters, options)
  // Labels are compared without regard to case.
  const plain = ({ name }: Cluster): string => lower(name)
  const counts = Map.groupBy(clusters, plain)
  const out = {
    placed: [] as Placed[],
    items: [] as Item[],
    held: [] as HeldCluster[],
    notices
  }
  for (const cluster of clusters) {
    const connection = options.connections[cluster.clusterId]
    if (connection === undefined) continue
    const site =
      siteOfNamed(connection.netboxCluster, reference) ??
      siteFor(cluster, connection.site, options, reference)
    if (site.ref === undefined) {
      out.held.push({
        cluster: cluster.clusterId,
        code: 'SITE_MISSING',
        reason: site.reason ?? 'No site.'
      })
      continue
    }
    if (site.item !== undefined) out.items.push(site.item)
    const key = clusterKey(cluster.clusterId)
    const tenant = tenantFor(cluster, connection.tenant, reference, out.notices)
    const long = `${cluster.name} (${cluster.clusterId})`
    const shared = (counts.get(plain(cluster))?.length ?? 0) > 1
    const wasShared = options.lastLabels?.get(key) === long || labels.has(long)
    const name = names.get(key) ?? cluster.name
    const label = shared || wasShared ? long : cluster.name
    const sought = { name, label, site: site.ref, named: connection.netboxCluster }
    out.placed.push({
      cluster,
      connection,
      name,
      netboxKey: netboxClusterOf(key, sought, { options, reference }),
      label,
      site: site.ref,
      tenant
    })
  }
  return out
}

/** Pure: the NetBox cluster of one Proxmox cluster. */
export const clusterItem = (placed: Placed, options: DesiredOptions): Item => ({
  key: clusterKey(placed.cluster.clusterId),
  kind: 'cluster',
  fields: {
    name: placed.name,
    type: { ref: scaffoldKey('cluster-type', placed.cluster.mode) },
    status: 'active',
    scope: { ref: placed.site },
    ...(placed.tenant === undefined ? {} : { tenant: { ref: placed.tenant } }),
    'cf.proxmox_cluster': placed.label,
    tags: ownTags(options)
  },
  sources: { name: 'cluster/status name', type: 'cluster/status' },
  evidence: {
    ...(placed.cluster.caFingerprint ? { ca: placed.cluster.caFingerprint } : {}),
    ...(placed.connection.netboxCluster ? { netbox_cluster: placed.connection.netboxCluster } : {})
  }
})
