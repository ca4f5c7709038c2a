import type { Run } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import { readPages } from '../client/read-pages.ts'
import { requirePlace } from '../plan/plan-file.ts'
import { writtenBy } from '../print/run-text.ts'
import { plainText } from '../print/value-text.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { follow, printRun } from './follow.ts'
import { showPlan, writePlan } from './show-plan.ts'

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
  else if (list.results.length === 0)
    context.output.text('There is no Run yet: start one with "proxbox plan".')
  else
    context.output.table(
      ['id', 'netbox', 'mode', 'state', 'created', 'written', 'errors'],
      list.results.map((run) => [
        run.id,
        run.netbox_endpoint.name,
        run.mode.value,
        run.state.value,
        run.created,
        writtenTotal(run),
        run.errors_total
      ])
    )
  return 0
}

/** Pure: how many Changes it has written in NetBox: only what has written can be undone. */
const writtenTotal = (run: Run): number => {
  const { created, updated, deleted } = writtenBy(run)
  return created + updated + deleted
}

/** `proxbox show RUN`: one Run, on request with its Changes or its Plan. */
export async function showCommand(
  context: CommandContext,
  id: string,
  { changes = false, plan = false, out }: ShowOptions
): Promise<ExitCode> {
  if (out !== undefined) await requirePlace(out)
  const api = await context.api()
  const run = await api.call<Run>('readRun', { params: { id } }, context.signal)
  if (changes) await showChanges(context, run)
  else if (context.output.json) context.output.data(run)
  else printRun(context, run)
  if (plan) await showPlan(context, run)
  if (out !== undefined) await writePlan(context, run, out)
  return 0
}

export interface ShowOptions {
  readonly changes?: boolean
  readonly plan?: boolean
  readonly out?: string
}

const changesRead = 20_000

async function showChanges(context: CommandContext, run: Run): Promise<void> {
  const { rows, count } = await readPages<RunChangeRow>(
    await context.api(),
    'listRunChanges',
    { params: { id: run.run_id }, most: changesRead },
    context.signal
  )
  if (context.output.json) {
    context.output.data({ ...run, changes: rows })
    return
  }
  printRun(context, run)
  if (rows.length === 0) return context.output.text('It has no Changes.')
  context.output.table(
    ['action', 'kind', 'object', 'fields', 'outcome', 'detail'],
    rows.map(changeRow)
  )
  if (count > rows.length) context.output.text(`… and ${count - rows.length} more Changes`)
}

interface RunChangeRow {
  readonly action: string
  readonly kind: string
  readonly label: string
  readonly after: Readonly<Record<string, unknown>>
  readonly outcome: string
  readonly detail: string
}
const fieldsShown = 3
/** Pure: a new object has dozens, which would push the outcome out of sight. */
const fieldsText = (names: readonly string[]): string => {
  const more = names.length - fieldsShown
  return `${names.slice(0, fieldsShown).join(', ')}${more > 0 ? `, ${more} more` : ''}`
}

const changeRow = (change: RunChangeRow) => [
  change.action,
  change.kind,
  plainText(change.label),
  fieldsText(Object.keys(change.after)),
  change.outcome,
  plainText(change.detail.slice(0, 80))
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
  else {
    const follow = operation === 'cancelRun' ? '' : ` Follow it: proxbox watch ${run.id}`
    context.output.text(`Run ${run.id} is ${run.state.label.toLowerCase()}.${follow}`)
  }
  return 0
}
