import type { Api } from '../client/api.ts'
import type { Environment } from '../config.ts'
import type { Output } from '../print/output.ts'

/** What every command is given. */
export interface CommandContext {
  readonly env: Environment
  readonly output: Output
  readonly api: () => Promise<Api>
  readonly signal: AbortSignal
}

/** Exit codes: 0 done and nothing differs, 1 error, 2 a plan found changes or a Run ended degraded. */
export type ExitCode = 0 | 1 | 2

/** Runs a command's work with its output and connections, and turns whatever is thrown into one sentence and 1. */
export type Perform = (
  json: boolean,
  work: (context: CommandContext) => Promise<ExitCode>
) => Promise<void>
