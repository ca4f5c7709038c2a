import {
  type NetBoxConnection,
  type NetBoxIdentity,
  ProxboxError,
  type ProxmoxConnection,
  type Settings
} from '@proxbox/contracts'
import { type NetBox, openNetBox } from '@proxbox/netbox'
import type { Static } from 'typebox'
import type { Lease } from '../lease/lease.ts'
import type { SyncParts } from './run-parts.ts'

/** Opens the NetBox of a Run: it is written to only while the lease lasts. */
export const openTarget = (
  { lease, netboxOptions, reporter }: Pick<SyncParts, 'lease' | 'netboxOptions' | 'reporter'>,
  connection: NetBoxConnection
): NetBox =>
  openNetBox(connection, {
    ...netboxOptions,
    // A Run that waits for NetBox says so, and for what, while it waits.
    onTrouble: (trouble) => reporter.waiting({ step: 'netbox', disposition: 'wait', ...trouble }),
    changelogMessage: `Proxbox Run ${lease.claim.runId}`,
    beforeWrite: () => lease.checkWritable(connection.write_timeout * 1000)
  })

export const readConnection = ({ bus, lease }: Pick<SyncParts, 'bus' | 'lease'>) =>
  bus.ask<NetBoxConnection>('readNetBoxConnection', { body: { id: lease.netboxEndpointId } })

export interface Targets {
  readonly connection: NetBoxConnection
  readonly proxmox: readonly ProxmoxConnection[]
  readonly settings: Settings
}

/** The Endpoints of a Run, and the settings. @throws ProxboxError NO_PROXMOX_ENDPOINT */
export async function readTargets(parts: SyncParts): Promise<Targets> {
  const { bus, query } = parts
  const [connection, proxmox, settings] = await Promise.all([
    readConnection(parts),
    bus.ask<{ results: ProxmoxConnection[] }>('readProxmoxConnections', {
      body: { ids: query.proxmoxEndpointIds }
    }),
    bus.ask<Settings>('readSettings', {})
  ])
  if (proxmox.results.length === 0) throw new ProxboxError('NO_PROXMOX_ENDPOINT')
  return { connection, proxmox: proxmox.results, settings }
}

/**
 * A sync writes where the Endpoint allows it, an apply or an undo because a person asked for it.
 *
 * @throws ProxboxError WRITES_OFF
 */
export function mayWrite(
  { mode, planOnly }: Pick<Lease, 'mode' | 'planOnly'>,
  { name, write_mode: writeMode }: NetBoxConnection
): boolean {
  const isAsked = mode === 'apply' || mode === 'undo'
  if (isAsked && writeMode === 'off') throw new ProxboxError('WRITES_OFF', { endpoint: name })
  return (isAsked && !planOnly) || (mode === 'sync' && writeMode === 'budget')
}

/** Whose NetBox it is. @throws ProxboxError NETBOX_OWNED; LEASE_LOST when the lease is another identity's by now */
export async function identify(
  { bus, lease }: Pick<SyncParts, 'bus' | 'lease'>,
  connection: NetBoxConnection,
  found: readonly string[]
): Promise<Static<typeof NetBoxIdentity>> {
  const identity = await bus.ask<Static<typeof NetBoxIdentity>>('identifyNetBox', {
    body: { netbox_endpoint_id: connection.id, found }
  })
  if (identity.refused !== null)
    throw new ProxboxError('NETBOX_OWNED', {
      endpoint: connection.name,
      owner: identity.refused,
      remedy: identity.remedy
    })
  if (lease.netbox !== undefined && lease.netbox !== identity.netbox)
    throw new ProxboxError('LEASE_LOST', { run: lease.claim.runId, attempt: lease.claim.attempt })
  return identity
}
