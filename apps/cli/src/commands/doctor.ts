import { ApiError } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'

interface Finding {
  readonly part: string
  readonly ok: boolean
  readonly detail: string
}

/** `proxbox doctor`: asks each part for a sign of life; 0 when all answer, 1 otherwise. */
export async function doctorCommand(context: CommandContext): Promise<ExitCode> {
  const findings = await readFindings(context)
  const isWell = findings.every(({ ok }) => ok)
  const { output } = context
  if (output.json) output.data({ ok: isWell, parts: findings })
  else
    for (const { part, ok, detail } of findings) {
      output.text(
        `${ok ? output.color.green('✓') : output.color.red('✗')} ${part.padEnd(13)} ${detail}`
      )
    }
  return isWell ? 0 : 1
}

/** One small read for each service: over the gateway and the bus, as every request goes. */
const probes = [
  { part: 'registry', operation: 'listProxmoxEndpoints', what: 'Proxmox Endpoint' },
  { part: 'orchestrator', operation: 'listRuns', what: 'Run' },
  { part: 'inventory', operation: 'listItems', what: 'Item' }
] as const

async function readFindings(context: CommandContext): Promise<Finding[]> {
  const gateway = await gatewayFinding(context)
  if (!gateway.ok) return [gateway]
  const services = await Promise.all(probes.map((probe) => serviceFinding(context, probe)))
  return [gateway, ...services, await backendFinding(context)]
}

async function gatewayFinding(context: CommandContext): Promise<Finding> {
  const part = 'gateway'
  try {
    const api = await context.api()
    const { status, text } = await api.send({ method: 'GET', path: '/readyz' }, context.signal)
    if (status < 400) return { part, ok: true, detail: api.url }
    return { part, ok: false, detail: `${api.url} is not ready: ${text.slice(0, 300)}` }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { part, ok: false, detail: error.message }
  }
}

async function serviceFinding(
  context: CommandContext,
  { part, operation, what }: (typeof probes)[number]
): Promise<Finding> {
  try {
    const api = await context.api()
    const { count } = await api.call<{ count: number }>(
      operation,
      { query: { limit: 1 } },
      context.signal
    )
    return { part, ok: true, detail: `answers (${count} ${what}${count === 1 ? '' : 's'})` }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { part, ok: false, detail: error.message }
  }
}

/** The built-in backend is the collector; its keepalive goes the way of a Run. */
async function backendFinding(context: CommandContext): Promise<Finding> {
  const part = 'collector'
  try {
    const api = await context.api()
    const { results } = await api.call<{ results: { id: number; built_in: boolean }[] }>(
      'listFastAPIEndpoints',
      { query: { limit: 0 } },
      context.signal
    )
    const builtIn = results.find(({ built_in }) => built_in)
    if (builtIn === undefined) return { part, ok: false, detail: 'no built-in backend is known' }
    const params = { id: builtIn.id }
    const reply = await api.call<{ status: string; detail: string }>(
      'keepaliveFastAPI',
      { params },
      context.signal
    )
    return { part, ok: reply.status === 'success', detail: reply.detail }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { part, ok: false, detail: error.message }
  }
}
