import type { ProxmoxConnection } from '@proxbox/contracts'

/** Where a browser finds that Proxmox; an IPv6 host in brackets (RFC 3986, 3.2.2). */
const addressOf = ({ host, port }: ProxmoxConnection): string =>
  `https://${host.includes(':') ? `[${host}]` : host}:${port}`

/**
 * Pure: what links into a cluster begin with: the first `link_base` of its Endpoints, oldest first, else the address of
 * the oldest. Null while one that was not read may say otherwise: what is written in NetBox then stays, and does not
 * change with each Endpoint that is out of reach for a while.
 *
 * @param ids of all Endpoints into the cluster, read or not
 */
export function linkBaseOf(
  ids: readonly number[],
  read: readonly ProxmoxConnection[]
): string | null {
  const oldestFirst = [...new Set([...ids, ...read.map(({ id }) => id)])].sort((a, b) => a - b)
  const known = new Map(read.map((one) => [one.id, one]))
  for (const id of oldestFirst) {
    const connection = known.get(id)
    if (connection === undefined) return null
    if (connection.link_base !== null) return connection.link_base
  }
  const oldest = known.get(oldestFirst[0] ?? 0)
  return oldest === undefined ? null : addressOf(oldest)
}
