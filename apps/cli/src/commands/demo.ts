import { type Run, syncOperation } from '@proxbox/contracts'
import { type Api, openApi } from '../client/api.ts'
import { demoHomeOf } from '../config.ts'
import { cleanHome } from '../demo/clean-home.ts'
import { type DemoSize, type DemoSources, openSources } from '../demo/open-sources.ts'
import { registerEndpoints } from '../demo/register-endpoints.ts'
import { writtenBy } from '../print/run-text.ts'
import { openStackEvents } from '../print/stack-events.ts'
import { PortTaken } from '../stack/free-port.ts'
import { type Stack, type StackOptions, startStack } from '../stack/start-stack.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { followToEnd } from './follow.ts'
import { waitForAbort } from './wait-for-abort.ts'

export interface DemoOptions extends DemoSize {
  readonly once: boolean
}

/** `proxbox demo`: the whole system with simulated clusters and a NetBox; shows two Runs, then serves on. */
export async function demoCommand(
  context: CommandContext,
  options: DemoOptions
): Promise<ExitCode> {
  try {
    return await playDemo(context, options)
  } catch (error) {
    // Ctrl-C is a way to end the demo, not a fault.
    if (context.signal.aborted) return 0
    throw error
  }
}

async function playDemo(context: CommandContext, options: DemoOptions): Promise<ExitCode> {
  const { env, output, signal } = context
  const home = demoHomeOf(env)
  await cleanHome(home)
  const sources = await openSources(options, env, signal)
  let stack: Stack | undefined
  try {
    stack = await startOnAnyPort(context, home)
    if (!output.json) announce(context, sources, options)
    const isWell = await showTwoRuns(context, stack, sources)
    if (options.once) return isWell ? 0 : 1
    if (!output.json) printServing(context, stack, home)
    await waitForAbort(signal)
    if (!output.json) output.text('\nStopping …')
    return isWell ? 0 : 1
  } finally {
    await stack?.stop()
    await sources.close()
  }
}

/** The usual port, or a free one when another program has it. */
async function startOnAnyPort(context: CommandContext, home: string): Promise<Stack> {
  const { env, output, signal } = context
  const events = openStackEvents(output)
  if (!output.json) output.text(output.color.bold('Starting Proxbox'))
  const options: StackOptions = { home, env, onEvent: events.show, log: events.log }
  try {
    return await startStack(options, signal)
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error
    const stack = await startStack({ ...options, port: 0 }, signal)
    if (!output.json)
      output.text(`Port ${error.port} is taken, so the demo listens at ${stack.url}`)
    return stack
  } finally {
    events.started()
  }
}

function announce({ output }: CommandContext, sources: DemoSources, size: DemoSize): void {
  const clusters = `${size.clusters} simulated Proxmox ${size.clusters === 1 ? 'cluster' : 'clusters'}`
  output.text('')
  output.text(output.color.bold(`${clusters} of ${size.guests} guests → ${sources.netbox.title}`))
}

/** A full update, and the proof that a second one writes nothing. */
async function showTwoRuns(
  context: CommandContext,
  stack: Stack,
  sources: DemoSources
): Promise<boolean> {
  const { output, signal } = context
  const api = openApi({ url: stack.url, token: stack.adminToken })
  const shown = { ...context, api: async () => api }
  try {
    await registerEndpoints(api, sources, signal)
    const first = await fullUpdate(shown, api)
    if (hasFailed(first)) return endedEarly(context, first)
    const before = await sources.netbox.countWrites(signal)
    if (!output.json) output.text(output.color.bold('\nAgain, nothing has changed'))
    const second = await fullUpdate(shown, api)
    const writes = (await sources.netbox.countWrites(signal)) - before
    const { created } = writtenBy(first)
    const isWell = isGood(first) && isGood(second) && writes === 0
    if (output.json) output.data({ ok: isWell, url: stack.url, created, second_run_writes: writes })
    else output.text(`\nCreated ${created} objects in NetBox. The second run wrote ${writes}.`)
    return isWell
  } finally {
    await api.close()
  }
}

async function fullUpdate(context: CommandContext, api: Api): Promise<Run> {
  const answer = await api.call<Run | Run[]>(
    syncOperation('full-update'),
    { body: {} },
    context.signal
  )
  const [run] = [answer].flat()
  if (run === undefined) throw new Error('no Run was enqueued')
  return await followToEnd(context, run)
}

const hasFailed = ({ state }: Run): boolean => ['failed', 'cancelled'].includes(state.value)

/** The Run has said why; an earlier demo's mark in the NetBox is the one thing that only the demo can explain. */
function endedEarly({ output }: CommandContext, run: Run): boolean {
  if (output.json) output.data({ ok: false, error: run.error })
  else if (run.error?.code === 'NETBOX_OWNED')
    output.text('If that was an earlier demo, delete that tag in NetBox and start the demo again.')
  return false
}

const isGood = (run: Run): boolean => run.state.value === 'succeeded'

function printServing({ output }: CommandContext, stack: Stack, home: string): void {
  output.text(`\n  ${output.color.bold('Proxbox')}  ${output.color.bold(stack.url)}`)
  output.text(`  API      ${stack.url}/api/docs/`)
  output.text(`  log in   with the token in ${stack.home.adminTokenFile}`)
  output.text(`  try      PROXBOX_HOME=${home} npx proxbox show 1 --changes`)
  output.text('  Ctrl-C stops everything.')
}
