import { type Run, type SyncType, syncOperation, syncTypes } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import { followRun } from '../client/follow-run.ts'
import { openLiveProgress } from '../print/live-progress.ts'
import { countHead, countRows, errorLines, exitCodeOf, nextStepOf } from '../print/run-text.ts'
import type { CommandContext, ExitCode } from './context.ts'

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
  const { operation, body } = syncRequestFrom(types, options)
  const api = await context.api()
  const answer = await api.call<Run | Run[]>(operation, { body }, context.signal)
  const runs = Array.isArray(answer) ? answer : [answer]
  if (options.wait !== true) {
    printQueued(context, answer, runs)
    return 0
  }
  const codes: ExitCode[] = []
  for (const run of runs) codes.push(await follow(context, run))
  return worstOf(codes)
}

/** Pure: an error outweighs a difference, which outweighs done. */
function worstOf(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(1)) return 1
  return codes.includes(2) ? 2 : 0
}

/** Pure: one type has an operation of its own, several are a full update of just these. @throws ApiError */
function syncRequestFrom(
  types: readonly string[],
  options: SyncOptions
): { operation: string; body: Record<string, unknown> } {
  const known = types.map(syncTypeFrom)
  const [only] = known
  const ids = {
    proxmox_endpoint_ids: idsFrom(options.proxmox, '--proxmox'),
    netbox_endpoint_ids: idsFrom(options.netbox, '--netbox'),
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

function idsFrom(texts: readonly string[] | undefined, option: string): number[] | undefined {
  if (texts === undefined) return undefined
  const parts = texts.flatMap((text) => text.split(','))
  const wrong = parts.find((part) => !/^[1-9]\d*$/.test(part))
  if (wrong !== undefined) throw new ApiError(400, `${option}: "${wrong}" is no id.`)
  return parts.map(Number)
}

/** Shows a Run's events until its end, then what it did. */
export async function followToEnd(
  context: CommandContext,
  run: Pick<Run, 'id' | 'run_id'>
): Promise<Run> {
  const api = await context.api()
  const live = openLiveProgress(context.output)
  try {
    for await (const event of followRun(api, run, context.signal)) live.show(event)
  } finally {
    live.end()
  }
  const ended = await api.call<Run>('readRun', { params: { id: run.run_id } }, context.signal)
  if (!context.output.json) printRun(context, ended)
  return ended
}

async function follow(context: CommandContext, run: Pick<Run, 'id' | 'run_id'>): Promise<ExitCode> {
  try {
    return exitCodeOf((await followToEnd(context, run)).state.value)
  } catch (error) {
    if (!context.signal.aborted) throw error
    const ways = `follow it with "proxbox watch ${run.id}", end it with "proxbox cancel ${run.id}"`
    context.output.note(`\nRun ${run.id} goes on: ${ways}.`)
    return 1
  }
}

function printRun({ output }: CommandContext, run: Run): void {
  output.text(`Run ${run.id} (${run.run_id}) for ${run.netbox_endpoint.name}: ${run.state.label}`)
  const rows = countRows(run)
  if (rows.length > 0) output.table(countHead, rows)
  for (const gap of run.gaps.slice(0, 20))
    output.text(`gap  ${gap.scope} (${gap.reason}): ${gap.detail}`)
  for (const text of errorLines(run)) output.text(text)
  const next = nextStepOf(run)
  if (next !== undefined) output.text(next)
}

/** `proxbox watch [RUN]`: the newest Run when none is named. */
export async function watchCommand(
  context: CommandContext,
  id: string | undefined
): Promise<ExitCode> {
  const api = await context.api()
  if (id !== undefined)
    return await follow(context, await api.call<Run>('readRun', { params: { id } }, context.signal))
  const { results } = await api.call<{ results: Run[] }>(
    'listRuns',
    { query: { limit: 1 } },
    context.signal
  )
  const [newest] = results
  if (newest === undefined)
    throw new ApiError(404, 'There is no Run yet: start one with "proxbox sync".')
  return await follow(context, newest)
}

/** `proxbox runs`: the newest Runs. */
export async function runsCommand(context: CommandContext, limit: number): Promise<ExitCode> {
  const api = await context.api()
  const list = await api.call<{ count: number; results: Run[] }>(
    'listRuns',
    { query: { limit } },
    context.signal
  )
  if (context.output.json) context.output.data(list)
  else
    context.output.table(
      ['id', 'netbox', 'mode', 'state', 'created', 'errors'],
      list.results.map((run) => [
        run.id,
        run.netbox_endpoint.name,
        run.mode.value,
        run.state.value,
        run.created,
        run.errors_total
      ])
    )
  return 0
}

/** `proxbox show RUN`: one Run, with its Changes on request. */
export async function showCommand(
  context: CommandContext,
  id: string,
  options: { changes?: boolean }
): Promise<ExitCode> {
  const api = await context.api()
  const run = await api.call<Run>('readRun', { params: { id } }, context.signal)
  const changes =
    options.changes === true
      ? await api.call<{ count: number; results: RunChangeRow[] }>(
          'listRunChanges',
          { params: { id }, query: { limit: 1000 } },
          context.signal
        )
      : undefined
  if (context.output.json) {
    context.output.data(changes === undefined ? run : { ...run, changes: changes.results })
    return 0
  }
  printRun(context, run)
  if (changes !== undefined)
    context.output.table(
      ['action', 'kind', 'object', 'fields', 'outcome', 'detail'],
      changes.results.map(changeRow)
    )
  return 0
}

interface RunChangeRow {
  readonly action: string
  readonly kind: string
  readonly label: string
  readonly after: Readonly<Record<string, unknown>>
  readonly outcome: string
  readonly detail: string
}
const changeRow = (change: RunChangeRow) => [
  change.action,
  change.kind,
  change.label,
  Object.keys(change.after).slice(0, 6).join(', '),
  change.outcome,
  change.detail.slice(0, 80)
]

/** `cancel`, `approve`, `rerun`: one request about one Run. */
export async function runActionCommand(
  context: CommandContext,
  operation: 'cancelRun' | 'approveRun' | 'rerunRun',
  id: string,
  wait: boolean
): Promise<ExitCode> {
  const api = await context.api()
  const run = await api.call<Run>(operation, { params: { id } }, context.signal)
  if (wait) return await follow(context, run)
  if (context.output.json) context.output.data(run)
  else context.output.text(`Run ${run.id} is ${run.state.label.toLowerCase()}.`)
  return 0
}
