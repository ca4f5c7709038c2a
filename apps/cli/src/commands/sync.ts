import { type Run, type SyncType, syncOperation, syncTypes } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { endpointIds } from './find-endpoint.ts'
import { follow, worstOf } from './follow.ts'
import { idsFrom } from './ids-from.ts'

export interface SyncOptions {
  readonly proxmox?: readonly string[]
  readonly netbox?: readonly string[]
  readonly vm?: readonly string[]
  readonly mode?: 'sync' | 'plan'
  readonly wait?: boolean
}

/** `proxbox sync [types…]`: enqueues a Run per NetBox; `--wait` follows them to their end. */
export async function syncCommand(
  context: CommandContext,
  types: readonly string[],
  options: SyncOptions
): Promise<ExitCode> {
  const { answer, runs } = await enqueueRuns(context, types, options)
  if (options.wait !== true) {
    printQueued(context, answer, runs)
    return 0
  }
  const codes: ExitCode[] = []
  for (const run of runs) codes.push(await follow(context, run))
  return worstOf(codes)
}

/** One request that enqueues a Run for each NetBox. `answer`: as it came, for `--json`. */
export async function enqueueRuns(
  context: CommandContext,
  types: readonly string[],
  options: SyncOptions
): Promise<{ answer: Run | Run[]; runs: readonly Run[] }> {
  const { operation, body } = await syncRequestFrom(context, types, options)
  const api = await context.api()
  const answer = await api.call<Run | Run[]>(operation, { body }, context.signal)
  return { answer, runs: [answer].flat() }
}

/** One type has an operation of its own, several are a full update of just these. @throws ApiError */
async function syncRequestFrom(
  context: CommandContext,
  types: readonly string[],
  options: SyncOptions
): Promise<{ operation: string; body: Record<string, unknown> }> {
  const known = types.map(syncTypeFrom)
  const [only] = known
  const ids = {
    proxmox_endpoint_ids: await endpointIds(context, 'proxmox', options.proxmox),
    netbox_endpoint_ids: await endpointIds(context, 'netbox', options.netbox),
    netbox_vm_ids: idsFrom(options.vm, '--vm')
  }
  const body = { ...ids, mode: options.mode, sync_types: known.length > 1 ? known : undefined }
  return {
    operation: syncOperation(known.length === 1 && only !== undefined ? only : 'full-update'),
    body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
  }
}

function syncTypeFrom(text: string): SyncType {
  const type = syncTypes.find((one) => one === text)
  if (type !== undefined) return type
  const remedy = `use ${syncTypes.join(', ')}, or none for all`
  throw new ApiError(400, `"${text}" is no sync type; ${remedy}.`)
}

function printQueued({ output }: CommandContext, answer: unknown, runs: readonly Run[]): void {
  if (output.json) output.data(answer)
  else
    for (const run of runs) {
      const state = run.state.label.toLowerCase()
      output.text(
        `Run ${run.id} for ${run.netbox_endpoint.name} is ${state}. Follow it: proxbox watch ${run.id}`
      )
    }
}
