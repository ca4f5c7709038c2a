import type { Run } from '@proxbox/contracts'
import type { CommandContext, ExitCode } from './context.ts'
import { follow } from './follow.ts'
import { finishPlan } from './plan.ts'

/** `proxbox undo RUN`: takes back what a Run has written, and follows that; with `plan` it only shows what it would do. */
export async function undoCommand(
  context: CommandContext,
  id: string,
  { plan = false }: { readonly plan?: boolean }
): Promise<ExitCode> {
  const api = await context.api()
  const body = plan ? { plan } : {}
  const run = await api.call<Run>('undoRun', { params: { id }, body }, context.signal)
  return plan
    ? await follow(context, run, (ended) => finishPlan(context, ended, undefined))
    : await follow(context, run)
}
