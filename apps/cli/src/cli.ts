import { Command, CommanderError } from 'commander'
import { findGateway, openApi } from './client/api.ts'
import { addApiCommands } from './commands/api-commands.ts'
import type { CommandContext, ExitCode, Perform } from './commands/context.ts'
import { addLocalCommands } from './commands/local-commands.ts'
import type { Environment } from './config.ts'
import { type Output, openOutput, type Streams } from './print/output.ts'
import { startFailureText } from './print/start-failure-text.ts'
import { version } from './version.ts'

/** What one command line needs beyond its arguments. */
export interface CliRun extends Streams {
  /** Aborting it ends whatever runs, in order. */
  readonly signal: AbortSignal
}

/**
 * Runs one command line.
 *
 * @param argv without node and script.
 * @returns 0 done and nothing differs, 1 error, 2 a plan found changes or a Run ended degraded. Never throws.
 */
export async function runCli(
  argv: readonly string[],
  env: Environment,
  run: CliRun
): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = new Command('proxbox')
    .description('Keeps NetBox true to Proxmox VE.')
    .version(version, '-V, --version')
    // A simulated server has a --version too; only before the command it is ours.
    .enablePositionalOptions()
    .showHelpAfterError('(proxbox --help lists the commands, proxbox help COMMAND explains one)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.stdout.write(text),
      writeErr: (text) => run.stderr.write(text)
    })
  const perform: Perform = async (json, work) => {
    code = await performed(openOutput(run, json), env, run.signal, work)
  }
  addLocalCommands(program, perform)
  addApiCommands(program, perform)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    // Commander has printed the usage or the help itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1
    throw error
  }
}

async function performed(
  output: Output,
  env: Environment,
  signal: AbortSignal,
  work: (context: CommandContext) => Promise<ExitCode>
): Promise<ExitCode> {
  const closers: (() => Promise<void>)[] = []
  let api: ReturnType<CommandContext['api']> | undefined
  const open = async () => {
    const opened = openApi(await findGateway(env))
    closers.push(() => opened.close())
    return opened
  }
  try {
    return await work({ env, output, signal, api: () => (api ??= open()) })
  } catch (error) {
    if (!signal.aborted) output.note(`proxbox: ${startFailureText(error)}`)
    return 1
  } finally {
    await Promise.allSettled(closers.map((close) => close()))
  }
}
