import type { Bus } from '@proxbox/bus'
import {
  type NetBoxEndpoint,
  type NetBoxIdentity,
  type Principal,
  ProxboxError,
  type ProxmoxEndpoint
} from '@proxbox/contracts'
import { FieldErrors } from '@proxbox/service-kit'
import type { Static } from 'typebox'
import { allowedIds } from '../runs/visible.ts'
import type { WantedSync } from './merge-request.ts'

/** One NetBox that a request is for. */
export interface Target {
  readonly netboxEndpointId: number
  readonly name: string
  /** Identity: whose lease. */
  readonly netbox: string
  readonly writeTimeoutSeconds: number
}

type Listed<T> = { readonly results: readonly T[] }

/**
 * The NetBoxes of a request, after everything that it names was found to exist, to be visible to the Principal and to be
 * enabled; and its Proxmox Endpoints: none named means all, for a constrained Principal all that it may see.
 *
 * @throws FieldErrors, ProxboxError NO_NETBOX_ENDPOINT, NO_PROXMOX_ENDPOINT, NETBOX_OWNED
 */
export async function resolveTargets(
  bus: Pick<Bus, 'ask'>,
  { wanted, principal }: { readonly wanted: WantedSync; readonly principal: Principal },
  signal: AbortSignal
): Promise<{
  readonly targets: readonly Target[]
  readonly proxmoxEndpointIds: readonly number[]
}> {
  const query = { limit: 1000 }
  const [netboxes, proxmoxes] = await Promise.all([
    bus.ask<Listed<Static<typeof NetBoxEndpoint>>>('listNetBoxEndpoints', { query }, signal),
    bus.ask<Listed<Static<typeof ProxmoxEndpoint>>>('listProxmoxEndpoints', { query }, signal)
  ])
  const visibleNetboxes = allowedIds(principal, 'netbox')
  const visibleProxmoxes = allowedIds(principal, 'proxmox')
  const chosen = pick(only(netboxes.results, visibleNetboxes), {
    ids: wanted.netboxEndpointIds,
    field: 'netbox_endpoint_ids',
    what: 'NetBox'
  })
  if (chosen.length === 0) throw new ProxboxError('NO_NETBOX_ENDPOINT')
  if (wanted.netboxVmIds.length > 0 && chosen.length !== 1) {
    const names = chosen.map((one) => `${one.id} (${one.name})`).join(', ')
    throw new FieldErrors({
      netbox_vm_ids: [
        `Ids of VMs belong to exactly one NetBox: name it in netbox_endpoint_ids, one of ${names}.`
      ]
    })
  }
  const sources = pick(only(proxmoxes.results, visibleProxmoxes), {
    ids: wanted.proxmoxEndpointIds,
    field: 'proxmox_endpoint_ids',
    what: 'Proxmox'
  })
  if (sources.length === 0) throw new ProxboxError('NO_PROXMOX_ENDPOINT')
  const targets = await Promise.all(chosen.map((netbox) => targetOf(bus, netbox, signal)))
  const isAll = visibleProxmoxes === undefined && wanted.proxmoxEndpointIds.length === 0
  return { targets, proxmoxEndpointIds: isAll ? [] : sources.map((one) => one.id) }
}

const only = <T extends Named>(
  endpoints: readonly T[],
  ids: readonly number[] | undefined
): readonly T[] => (ids === undefined ? endpoints : endpoints.filter((one) => ids.includes(one.id)))

interface Named {
  readonly id: number
  readonly name: string
  readonly enabled: boolean
}

/** Pure: all enabled ones, or those named, each of which must be enabled. @throws FieldErrors */
export function pick<T extends Named>(
  endpoints: readonly T[],
  { ids, field, what }: { ids: readonly number[]; field: string; what: string }
): readonly T[] {
  if (ids.length === 0) return endpoints.filter((one) => one.enabled)
  return ids.map((id) => {
    const found = endpoints.find((one) => one.id === id)
    if (found === undefined)
      throw new FieldErrors({ [field]: [`There is no ${what} Endpoint with id ${id}.`] })
    if (!found.enabled)
      throw new FieldErrors({
        [field]: [`${what} Endpoint ${id} (${found.name}) is disabled: enable it first.`]
      })
    return found
  })
}

async function targetOf(
  bus: Pick<Bus, 'ask'>,
  netbox: Static<typeof NetBoxEndpoint>,
  signal: AbortSignal
): Promise<Target> {
  const identity = await bus.ask<Static<typeof NetBoxIdentity>>(
    'identifyNetBox',
    { body: { netbox_endpoint_id: netbox.id, found: null } },
    signal
  )
  if (identity.refused !== null)
    throw new ProxboxError('NETBOX_OWNED', {
      endpoint: netbox.name,
      owner: identity.refused,
      remedy: identity.remedy
    })
  return {
    netboxEndpointId: netbox.id,
    name: netbox.name,
    netbox: identity.netbox,
    writeTimeoutSeconds: netbox.write_timeout
  }
}
