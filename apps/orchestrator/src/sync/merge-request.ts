import {
  orderedSyncTypes,
  type RunOptions,
  type SyncRequest,
  type SyncType,
  syncOperation,
  syncTypes
} from '@proxbox/contracts'
import { FieldErrors } from '@proxbox/service-kit'

/** A sync request as one typed whole; empty id lists mean everything enabled. */
export interface WantedSync {
  readonly syncTypes: readonly SyncType[]
  readonly proxmoxEndpointIds: readonly number[]
  readonly netboxEndpointIds: readonly number[]
  readonly netboxVmIds: readonly number[]
  readonly fastapiEndpointId: number | null
  readonly options: RunOptions
  readonly mode: 'sync' | 'plan'
  readonly timeoutSeconds: number
  readonly isQueueing: boolean
  readonly origin: 'api' | 'door'
  readonly name: string | undefined
}

const standardTimeoutSeconds = 7200
const optionNames = [
  'use_guest_agent_interface_name',
  'fetch_max_concurrency',
  'ignore_ipv6_link_local_addresses',
  'delete_nonexistent_backup',
  'delete_nonexistent_snapshot'
] as const satisfies readonly (keyof RunOptions)[]

/**
 * Pure: query and body as one request; what the body says wins.
 *
 * @throws FieldErrors for an unknown sync type, a list without numbers, or `netbox_vm_ids` without exactly one NetBox
 */
export function mergeRequest(
  operationId: string,
  query: SyncRequest,
  body: SyncRequest | null
): WantedSync {
  const request: SyncRequest = { ...query, ...body }
  const netboxEndpointIds = idsOf('netbox_endpoint_ids', request.netbox_endpoint_ids)
  const netboxVmIds = idsOf('netbox_vm_ids', request.netbox_vm_ids)
  const options = Object.fromEntries(
    optionNames.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]]))
  )
  return {
    syncTypes: typesOf(operationId, request.sync_types),
    proxmoxEndpointIds: idsOf('proxmox_endpoint_ids', request.proxmox_endpoint_ids),
    netboxEndpointIds,
    netboxVmIds,
    fastapiEndpointId: request.fastapi_endpoint_id ?? null,
    options,
    // An option of undo: whoever sends it here wants nothing written.
    mode: request.plan_only === true ? 'plan' : (request.mode ?? 'sync'),
    timeoutSeconds: request.timeout ?? standardTimeoutSeconds,
    isQueueing: request.queue ?? true,
    origin: request.origin ?? 'api',
    name: request.name
  }
}

/** Pure: `1,2`, `[1, 2]` and `2` as numbers, each once. */
function idsOf(field: string, value: SyncRequest['netbox_vm_ids']): readonly number[] {
  const parts = typeof value === 'object' ? value : String(value ?? '').split(',')
  const texts = parts.map((part) => String(part).trim()).filter((text) => text !== '')
  const wrong = texts.find((text) => !/^[1-9]\d{0,9}$/.test(text) || Number(text) > 2 ** 31 - 1)
  if (wrong !== undefined) throw new FieldErrors({ [field]: [`"${wrong}" is no id.`] })
  return [...new Set(texts.map(Number))]
}

function typesOf(operationId: string, value: SyncRequest['sync_types']): readonly SyncType[] {
  const single = syncTypes.find((type) => syncOperation(type) === operationId)
  if (single !== undefined) return [single]
  const parts = typeof value === 'object' ? value : (value ?? '').split(',')
  const texts = parts.map((part) => part.trim()).filter((text) => text !== '' && text !== 'all')
  const types = texts.map((text) => {
    const type = syncTypes.find((one) => one === text)
    if (type === undefined)
      throw new FieldErrors({ sync_types: [`"${text}" is none of ${syncTypes.join(', ')}.`] })
    return type
  })
  return orderedSyncTypes(types)
}
