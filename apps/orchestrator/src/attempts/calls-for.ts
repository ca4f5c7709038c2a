import {
  leaseHeaders,
  ProxboxError,
  type StreamPath,
  streamPaths,
  syncTypes
} from '@proxbox/contracts'
import type { QueryValue } from '@proxbox/http'
import type { RunRow } from '../db/schema.ts'
import type { Capabilities } from './backend.ts'

export interface BackendCall {
  readonly path: StreamPath
  readonly query: Readonly<Record<string, QueryValue>>
  readonly headers: Readonly<Record<string, string>>
  /** A backend that has never heard of this stage may leave it out: it was not asked for by name. */
  readonly isOptional: boolean
}

type Facts = Pick<RunRow, 'runId' | 'attempt' | 'mode' | 'syncTypes' | 'scope' | 'options'>

/**
 * Pure: the streams that make up one attempt: one call where the backend takes a subset, else stage by stage.
 * A backend that does not announce what is needed would ignore the parameter and really sync, so nothing is sent.
 *
 * @throws ProxboxError BACKEND_INCAPABLE
 */
export function callsFor(
  run: Facts,
  backend: { readonly name: string; readonly capabilities: Capabilities },
  writeMode: string
): readonly BackendCall[] {
  const { capabilities, name } = backend
  const missing = missingCapability(run, capabilities, writeMode)
  if (missing !== undefined)
    throw new ProxboxError('BACKEND_INCAPABLE', { endpoint: name, capability: missing })
  const headers = { [leaseHeaders.run]: run.runId, [leaseHeaders.attempt]: String(run.attempt) }
  const base = queryOf(run)
  const isWhole = run.syncTypes.length === syncTypes.length
  // What is taken back has no stages: it is one stream, whatever its Run was about.
  if (run.mode === 'undo' || (capabilities.subset && run.syncTypes.length !== 1)) {
    const query = { ...base, sync_types: run.syncTypes.join(','), mode: run.mode }
    return [{ path: pathOf('full-update'), query, headers, isOptional: false }]
  }
  return run.syncTypes.map((type) => ({
    path: pathOf(type),
    query: capabilities.subset ? { ...base, mode: run.mode } : base,
    headers,
    isOptional: isWhole
  }))
}

function missingCapability(
  run: Facts,
  { modes, scopes }: Capabilities,
  writeMode: string
): string | undefined {
  if (!modes.includes(run.mode)) return `mode ${run.mode}`
  if (run.mode === 'sync' && writeMode !== 'budget' && !modes.includes('plan'))
    return `mode plan, which write_mode ${writeMode} of the NetBox Endpoint needs`
  const wanted = [
    ['proxmox_endpoint_ids', run.scope.proxmox_endpoint_ids],
    ['netbox_vm_ids', run.scope.netbox_vm_ids]
  ] as const
  return wanted.find(([scope, ids]) => ids.length > 0 && !scopes.includes(scope))?.[0]
}

function queryOf(run: Facts): Record<string, QueryValue> {
  const { proxmox_endpoint_ids: proxmox, netbox_vm_ids: vms } = run.scope
  const { plan_only: _told, ...options } = run.options // by the lease
  return {
    ...options,
    ...(proxmox.length === 0 ? {} : { proxmox_endpoint_ids: proxmox.join(',') }),
    ...(vms.length === 0 ? {} : { netbox_vm_ids: vms.join(',') })
  }
}

function pathOf(step: string): StreamPath {
  const path = streamPaths.find((one) => one.step === step)
  if (path === undefined) throw new Error(`no stream path for ${step}`)
  return path
}
