import type { CurrentItem, Fields, Item } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import { refIn } from '../identity/natural.ts'
import type { DiffContext } from './context.ts'

type Where = Pick<DiffContext, 'resolve' | 'at'>

/** Pure: the object that a field refers to, where NetBox has it already. */
function referred(fields: Fields, field: string, { at }: Where): CurrentItem | undefined {
  const value = fields[field]
  return isRef(value) ? at(value.ref) : undefined
}

/** Pure: the site that a cluster lies in; '' without a site of its own. */
function siteOf(cluster: CurrentItem | undefined, { resolve }: Where): string {
  const scope = cluster === undefined ? '' : refIn(cluster.fields, 'scope', resolve)
  return scope.startsWith('netbox:site/') ? scope : ''
}

/** Pure: does NetBox let something of that site into the cluster? Another's site is all that it forbids. */
const isSiteOpen = (site: string, cluster: CurrentItem | undefined, where: Where): boolean => {
  const own = siteOf(cluster, where)
  return own === '' || site === '' || own === site
}

function deviceReason({ fields }: Item, where: Where): string | undefined {
  const device = referred(fields, 'device', where)
  if (device === undefined) return undefined
  const holder = refIn(device.fields, 'cluster', where.resolve)
  const wanted = refIn(fields, 'cluster', where.resolve)
  if (holder !== '' && holder !== wanted) return 'NetBox has its device in another cluster'
  const site = refIn(device.fields, 'site', where.resolve)
  const isOpen = holder !== '' || isSiteOpen(site, referred(fields, 'cluster', where), where)
  return isOpen ? undefined : 'NetBox has its device in another site than its cluster'
}

/**
 * Pure: why NetBox would refuse a place, because of where a person has put what it depends on: a VM's device lies in its
 * cluster, VM and device in the cluster's site (NetBox `VirtualMachine.clean`, `Device.clean`). Undefined: it fits.
 */
export function misplaced(
  item: Item,
  field: string,
  current: CurrentItem | undefined,
  where: Where
): string | undefined {
  if (item.kind === 'vm' && field === 'device') return deviceReason(item, where)
  const isVmSite = item.kind === 'vm' && field === 'site'
  const isDeviceCluster = item.kind === 'device' && field === 'cluster'
  if (!isVmSite && !isDeviceCluster) return undefined
  // A device that was there keeps its site; a VM gets the wanted one.
  const fields = isDeviceCluster ? (current?.fields ?? item.fields) : item.fields
  const site = refIn(fields, 'site', where.resolve)
  const cluster = referred(item.fields, 'cluster', where)
  return isSiteOpen(site, cluster, where) ? undefined : 'NetBox has its cluster in another site'
}
