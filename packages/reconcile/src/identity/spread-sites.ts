import type { Item, Notice } from '@proxbox/contracts'
import { canonical, isBlank } from '../canonical.ts'
import { clusterOf } from '../key-of.ts'
import type { Matching } from './matching.ts'
import { refIn } from './natural.ts'

/** Pure: the site in which a node's device will stand: a person's, else the wanted one. */
function siteOf({ key, fields }: Item, { byKey, resolve }: Matching): string {
  const wanted = refIn(fields, 'site', resolve)
  const known = byKey.get(key)
  const now = known?.current.fields.site
  if (known === undefined || isBlank(now)) return wanted
  const text = (value: typeof now) => canonical('device', 'site', value, resolve)
  return text(known.base.site) === text(now) ? wanted : text(now)
}

const without = (item: Item, field: string): Item => {
  const { [field]: _, ...fields } = item.fields
  return { ...item, fields }
}

const idOf = (clusterKey: string): string => clusterKey.slice('cluster:'.length)

/** Pure: the devices of each cluster, by the cluster's key. */
const devicesOf = (items: readonly Item[]): ReadonlyMap<string, readonly Item[]> =>
  Map.groupBy(
    items.filter(({ kind }) => kind === 'device'),
    ({ fields }) => refIn(fields, 'cluster', (ref) => ref)
  )

/** Pure: the sites of a cluster and its nodes, for a person. */
function noticeOf(key: string, devices: readonly Item[], cluster: string, matching: Matching) {
  const sites = [...Map.groupBy(devices, (device) => siteOf(device, matching))]
    .map(([site, nodes]) => {
      const label = matching.object(site)?.label ?? site
      return `${label} (${nodes.map(({ fields }) => String(fields['cf.proxmox_node'])).join(', ')})`
    })
    .sort()
  const detail = `Its nodes stand in ${sites.length} sites of NetBox: ${sites.join('; ')}. Neither its scope nor the site of its VMs is sent.`
  return { key, label: cluster, code: 'ITEM_HELD', detail }
}

/**
 * Pure: a cluster whose nodes stand in several sites of NetBox is in none of them: its scope and the site of its VMs are
 * not sent, and a notice says so. Which site a node's device is in, is known only once the devices are recognised.
 */
export function withoutSpreadSites(
  items: readonly Item[],
  matching: Matching
): { readonly items: readonly Item[]; readonly notices: readonly Notice[] } {
  const spread = [...devicesOf(items)].filter(
    ([, devices]) => new Set(devices.map((device) => siteOf(device, matching))).size > 1
  )
  if (spread.length === 0) return { items, notices: [] }
  const ids = new Set(spread.map(([key]) => idOf(key)))
  const names = new Map(items.map(({ key, fields }) => [key, String(fields.name ?? key)]))
  return {
    items: items.map((item) => {
      if (item.kind === 'cluster' && ids.has(idOf(item.key))) return without(item, 'scope')
      if (item.kind === 'vm' && ids.has(clusterOf(item.key) ?? '')) return without(item, 'site')
      return item
    }),
    notices: spread.map(([key, devices]) => noticeOf(key, devices, names.get(key) ?? key, matching))
  }
}
