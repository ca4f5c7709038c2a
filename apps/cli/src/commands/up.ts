import { homeOf } from '../config.ts'
import { requireNoDemo } from '../demo/clean-home.ts'
import { openStackEvents } from '../print/stack-events.ts'
import { type Stack, startStack } from '../stack/start-stack.ts'
import { version } from '../version.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { waitForAbort } from './wait-for-abort.ts'

/** `proxbox up`: runs the whole system until Ctrl-C. */
export async function upCommand(context: CommandContext): Promise<ExitCode> {
  const { env, output, signal } = context
  const events = openStackEvents(output)
  const home = homeOf(env)
  await requireNoDemo(home)
  if (!output.json) output.text(`Starting Proxbox ${version} in ${home}`)
  let stack: Stack
  try {
    stack = await startStack({ home, env, onEvent: events.show, log: events.log }, signal)
  } catch (error) {
    if (signal.aborted) return stopped(context)
    throw error
  }
  events.started()
  if (output.json) output.data(stackFacts(stack))
  else printStack(context, stack)
  await waitForAbort(signal)
  if (!output.json) output.text('\nStopping …')
  await stack.stop()
  return stopped(context)
}

function stopped({ output }: CommandContext): ExitCode {
  if (!output.json) output.text('Stopped.')
  return 0
}

/** What another program needs to use the stack. */
function stackFacts(stack: Stack) {
  return {
    url: stack.url,
    admin_token_file: stack.home.adminTokenFile,
    home: stack.home.path,
    nats_url: stack.natsUrl,
    nats_version: stack.natsVersion ?? null,
    postgres_version: stack.postgresVersion ?? null,
    version,
    pids: stack.supervisor.pids()
  }
}

function printStack({ env, output }: CommandContext, stack: Stack): void {
  const { bold, dim } = output.color
  const tokenFile = env.PROXBOX_ADMIN_TOKEN ? 'PROXBOX_ADMIN_TOKEN' : stack.home.adminTokenFile
  output.text('')
  output.text(`  ${bold('Proxbox')}  ${bold(stack.url)}`)
  output.text(`  API      ${stack.url}/api/docs/`)
  output.text(`  log in   with the token in ${tokenFile}`)
  output.text(
    dim(`           curl -H "Authorization: Token $(cat ${tokenFile})" ${stack.url}/api/`)
  )
  output.text(
    `  bus      ${stack.natsUrl} (${stack.natsVersion ? `nats-server ${stack.natsVersion}` : 'yours'})`
  )
  output.text(
    `  database ${stack.postgresVersion ? `Postgres ${stack.postgresVersion}, in ${stack.home.postgresDir}` : 'yours'}`
  )
  output.text(`  logs     ${stack.home.logsDir}`)
  output.text('')
  output.text('  Next: npx proxbox endpoint add netbox …, … add proxmox …, then npx proxbox plan')
  output.text('  Ctrl-C stops everything.')
}
