import type { ProxmoxConnection } from '@proxbox/contracts'

const places = ['site', 'tenant', 'netbox_cluster'] as const
type Place = (typeof places)[number]

/**
 * Pure: a connection with what is said of its whole cluster: the first site, tenant and NetBox cluster of its Endpoints,
 * oldest first, and the notes of the oldest. Which Endpoint reads the cluster best changes from Run to Run; where the
 * cluster belongs does not.
 *
 * @param all connections into the cluster that were read
 */
export function clusterSettings(
  best: ProxmoxConnection,
  all: readonly ProxmoxConnection[]
): ProxmoxConnection {
  const oldestFirst = [...all].sort((a, b) => a.id - b.id)
  const first = (place: Place): string | null =>
    oldestFirst.find((one) => one[place] !== null)?.[place] ?? null
  return {
    ...best,
    site: first('site'),
    tenant: first('tenant'),
    netbox_cluster: first('netbox_cluster'),
    notes: oldestFirst[0]?.notes ?? best.notes
  }
}
