import type { Principal } from '@proxbox/contracts'
import { and, inArray, isNull, or, sql } from '@proxbox/database'
import { runs } from '../db/schema.ts'

/** Pure: the Endpoint ids that a Principal's grants are constrained to; undefined = all. */
export const allowedIds = (
  { superuser, endpoints }: Principal,
  kind: 'proxmox' | 'netbox' | 'fastapi'
): readonly number[] | undefined => (superuser ? undefined : endpoints?.[kind])

/** Runs of which a Principal may view every Endpoint in scope. An empty scope means all Endpoints. */
export function isVisibleTo(principal: Principal) {
  const netboxes = allowedIds(principal, 'netbox')
  const proxmoxes = allowedIds(principal, 'proxmox')
  const backends = allowedIds(principal, 'fastapi')
  const scope = sql`${runs.scope} -> 'proxmox_endpoint_ids'`
  return and(
    netboxes === undefined ? undefined : inArray(runs.netboxEndpointId, [...netboxes]),
    proxmoxes === undefined
      ? undefined
      : sql`(${scope} <> '[]'::jsonb and ${scope} <@ ${JSON.stringify(proxmoxes)}::jsonb)`,
    backends === undefined
      ? undefined
      : or(isNull(runs.fastapiEndpointId), inArray(runs.fastapiEndpointId, [...backends]))
  )
}
