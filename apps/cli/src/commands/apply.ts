import type { Run } from '@proxbox/contracts'
import type { Api } from '../client/api.ts'
import { readPlanHead } from '../client/read-plan.ts'
import { readPlanFile, requireSame } from '../plan/plan-file.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { follow } from './follow.ts'

/** `proxbox apply RUN|FILE`: writes what a Run has planned, and follows that; a file must be the very Plan that its Run has stored. */
export async function applyCommand(context: CommandContext, target: string): Promise<ExitCode> {
  const api = await context.api()
  const id = isRun(target) ? target : await runOfFile(api, target, context.signal)
  const run = await api.call<Run>('approveRun', { params: { id } }, context.signal)
  return await follow(context, run)
}

/** Pure: a number or a UUID names a Run, everything else a file. */
const isRun = (target: string): boolean =>
  /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(target)

/** @throws ProxboxError PLAN_DIFFERS, ApiError when the file is no Plan or was edited */
async function runOfFile(api: Api, file: string, signal: AbortSignal): Promise<string> {
  const plan = await readPlanFile(file)
  requireSame(plan, await readPlanHead(api, plan.run_id, signal))
  return plan.run_id
}
