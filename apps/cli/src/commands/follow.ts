import type { Run } from '@proxbox/contracts'
import { followRun } from '../client/follow-run.ts'
import { openLiveProgress } from '../print/live-progress.ts'
import {
  countHead,
  countRows,
  errorLines,
  exitCodeOf,
  nextStepOf,
  relatedLines
} from '../print/run-text.ts'
import type { CommandContext, ExitCode } from './context.ts'

type RunName = Pick<Run, 'id' | 'run_id'>

/** Shows a Run's events until its end. @returns the Run as it ended, not printed yet. */
async function followRunToEnd(context: CommandContext, run: RunName): Promise<Run> {
  const api = await context.api()
  const live = openLiveProgress(context.output)
  try {
    for await (const event of followRun(api, run, context.signal)) live.show(event)
  } finally {
    live.end()
  }
  return await api.call<Run>('readRun', { params: { id: run.run_id } }, context.signal)
}

/** Shows a Run's events until its end, then what it did. */
export async function followToEnd(context: CommandContext, run: RunName): Promise<Run> {
  const ended = await followRunToEnd(context, run)
  if (!context.output.json) printRun(context, ended)
  return ended
}

/**
 * Follows a Run and says by exit code how it ended.
 *
 * @param finish what else is shown of the ended Run; printing it when nothing is given.
 */
export async function follow(
  context: CommandContext,
  run: RunName,
  finish: (ended: Run) => Promise<void> | void = (ended) => {
    if (!context.output.json) printRun(context, ended)
  }
): Promise<ExitCode> {
  const ended = await followUnlessStopped(context, run)
  if (ended === undefined) return 1
  await finish(ended)
  return exitCodeOf(ended.state.value)
}

/** @returns nothing when the person stopped following: the Run goes on */
async function followUnlessStopped(
  context: CommandContext,
  run: RunName
): Promise<Run | undefined> {
  try {
    return await followRunToEnd(context, run)
  } catch (error) {
    if (!context.signal.aborted) throw error
    const ways = `follow it with "proxbox watch ${run.id}", end it with "proxbox cancel ${run.id}"`
    context.output.note(`\nRun ${run.id} goes on: ${ways}.`)
    return undefined
  }
}

/** Prints state, counts, gaps and errors of a Run, and what to do next. */
export function printRun(context: CommandContext, run: Run): void {
  printFacts(context, run)
  const next = nextStepOf(run)
  if (next !== undefined) context.output.text(next)
}

const gapsShown = 20

/** The same without what to do next. */
export function printFacts({ output }: CommandContext, run: Run): void {
  output.text(`Run ${run.id} (${run.run_id}) for ${run.netbox_endpoint.name}: ${run.state.label}`)
  for (const text of relatedLines(run)) output.text(text)
  const rows = countRows(run)
  if (rows.length > 0) output.table(countHead, rows)
  for (const { detail, reason, acknowledged } of run.gaps.slice(0, gapsShown))
    output.text(`gap  ${detail} (${reason}${acknowledged === true ? ', acknowledged' : ''})`)
  if (run.gaps.length > gapsShown)
    output.text(`… ${run.gaps.length - gapsShown} more gaps: proxbox gaps`)
  for (const text of errorLines(run)) output.text(text)
}

/** Pure: an error outweighs a difference, which outweighs done. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(1)) return 1
  return codes.includes(2) ? 2 : 0
}
