import type { Run } from '@proxbox/contracts'
import { requirePlace } from '../plan/plan-file.ts'
import { nextStepOf } from '../print/run-text.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { follow, printFacts, worstOf } from './follow.ts'
import { showPlan, writePlan } from './show-plan.ts'
import { enqueueRuns, type SyncOptions } from './sync.ts'

export interface PlanOptions extends Omit<SyncOptions, 'mode' | 'wait'> {
  readonly out?: string
}

/** `proxbox plan [types…]`: what a sync would write, per NetBox; `-o` also writes it to a file. Exit 0 nothing, 2 Changes. */
export async function planCommand(
  context: CommandContext,
  types: readonly string[],
  { out, ...scope }: PlanOptions
): Promise<ExitCode> {
  if (out !== undefined) await requirePlace(out)
  const { runs } = await enqueueRuns(context, types, { ...scope, mode: 'plan' })
  const codes: ExitCode[] = []
  for (const run of runs) {
    const file = out === undefined || runs.length === 1 ? out : numbered(out, run.id)
    codes.push(await follow(context, run, (ended) => finishPlan(context, ended, file)))
  }
  return worstOf(codes)
}

/** Pure: one file per NetBox: `plan.json` of Run 12 → `plan-12.json`. */
const numbered = (file: string, run: number) => file.replace(/(\.\w+)$/, `-${run}$1`)

const hasPlan = (run: Run) => run.state.value !== 'failed' && run.state.value !== 'cancelled'

/** What is shown of an ended Run that planned: its facts, the Plan, and what to do next. */
export async function finishPlan(
  context: CommandContext,
  run: Run,
  file: string | undefined
): Promise<void> {
  const { output } = context
  if (!output.json) printFacts(context, run)
  if (hasPlan(run)) {
    await showPlan(context, run)
    if (file !== undefined) await writePlan(context, run, file)
  }
  const next = nextStepOf(run)
  if (!output.json && next !== undefined) output.text(`\n${next}`)
}
