import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readText } from 'node:stream/consumers'
import {
  type EndpointKind,
  endpointKinds,
  fastapiEndpointWrite,
  netboxEndpointWrite,
  proxmoxEndpointWrite
} from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'

const names = {
  proxmox: 'ProxmoxEndpoint',
  netbox: 'NetBoxEndpoint',
  fastapi: 'FastAPIEndpoint'
} as const
const fields = {
  proxmox: proxmoxEndpointWrite,
  netbox: netboxEndpointWrite,
  fastapi: fastapiEndpointWrite
} as const

interface EndpointRow {
  readonly id: number
  readonly name: string
  readonly domain: string
  readonly ip_address: string | null
  readonly port: number
  readonly enabled: boolean
}

function kindFrom(text: string): EndpointKind {
  const kind = endpointKinds.find((one) => one === text)
  if (kind === undefined)
    throw new ApiError(400, `"${text}" is no kind of Endpoint; use ${endpointKinds.join(', ')}.`)
  return kind
}

/** `proxbox endpoint list [kind]` */
export async function listEndpoints(
  context: CommandContext,
  kind: string | undefined
): Promise<ExitCode> {
  const api = await context.api()
  const kinds = kind === undefined ? endpointKinds : [kindFrom(kind)]
  const all: (EndpointRow & { kind: string })[] = []
  for (const one of kinds) {
    const list = await api.call<{ results: EndpointRow[] }>(
      `list${names[one]}s`,
      { query: { limit: 0 } },
      context.signal
    )
    all.push(...list.results.map((row) => ({ ...row, kind: one })))
  }
  if (context.output.json) context.output.data(all)
  else
    context.output.table(
      ['kind', 'id', 'name', 'address', 'enabled'],
      all.map((row) => [
        row.kind,
        row.id,
        row.name,
        `${row.domain || row.ip_address}:${row.port}`,
        row.enabled ? 'yes' : 'no'
      ])
    )
  return 0
}

/** `proxbox endpoint add KIND NAME field=value…` and `set KIND ID|NAME field=value…`; `field=@file` reads a file, `field=-` standard input. */
export async function writeEndpoint(
  context: CommandContext,
  kindText: string,
  target: { name: string; isNew: boolean },
  assignments: readonly string[]
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const body = await bodyFrom(kind, assignments)
  const row = target.isNew
    ? await api.call<EndpointRow>(
        `create${names[kind]}`,
        { body: { ...body, name: target.name } },
        context.signal
      )
    : await api.call<EndpointRow>(
        `update${names[kind]}`,
        { params: { id: await idOf(context, kind, target.name) }, body },
        context.signal
      )
  if (context.output.json) context.output.data(row)
  else
    context.output.text(
      `${kind} Endpoint ${row.id} (${row.name}) is stored. Test it: proxbox endpoint test ${kind} ${row.id}`
    )
  return 0
}

async function bodyFrom(
  kind: EndpointKind,
  assignments: readonly string[]
): Promise<Record<string, unknown>> {
  const body: Record<string, unknown> = {}
  for (const assignment of assignments) {
    const [, name, text] = /^([a-z0-9_]+)=(.*)$/s.exec(assignment) ?? []
    if (name === undefined || text === undefined)
      throw new ApiError(400, `"${assignment}" is not of the form field=value.`)
    if (!(name in fields[kind]))
      throw new ApiError(
        400,
        `${name} is no field of a ${kind} Endpoint; it has ${Object.keys(fields[kind]).join(', ')}.`
      )
    body[name] = valueFrom(Reflect.get(fields[kind], name), await textOf(text))
  }
  return body
}

async function textOf(text: string): Promise<string> {
  if (text.startsWith('@')) return (await readFile(text.slice(1), 'utf8')).trim()
  return text === '-' ? (await readText(stdin)).trim() : text
}

/** Numbers and booleans where the field has them, `null` for nothing; everything else stays text. */
function valueFrom(schema: unknown, text: string): unknown {
  if (text === 'null') return null
  const shape = JSON.stringify(schema)
  if (shape.includes('"boolean"') && /^(true|false)$/i.test(text))
    return text.toLowerCase() === 'true'
  const isNumber = shape.includes('"integer"') || /"enum":\[\d/.test(shape)
  return isNumber && /^-?\d+$/.test(text) ? Number(text) : text
}

async function idOf(
  context: CommandContext,
  kind: EndpointKind,
  nameOrId: string
): Promise<number> {
  if (/^\d+$/.test(nameOrId)) return Number(nameOrId)
  const api = await context.api()
  const { results } = await api.call<{ results: EndpointRow[] }>(
    `list${names[kind]}s`,
    { query: { limit: 0 } },
    context.signal
  )
  const found = results.find((row) => row.name === nameOrId)
  if (found === undefined)
    throw new ApiError(
      404,
      `No ${kind} Endpoint is called "${nameOrId}"; there are ${results.map((row) => row.name).join(', ') || 'none'}.`
    )
  return found.id
}

/** `proxbox endpoint remove KIND ID|NAME`: nothing is deleted in NetBox. */
export async function removeEndpoint(
  context: CommandContext,
  kindText: string,
  nameOrId: string
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const id = await idOf(context, kind, nameOrId)
  await api.call(`delete${names[kind]}`, { params: { id } }, context.signal)
  if (context.output.json) context.output.data({ removed: id })
  else context.output.text(`${kind} Endpoint ${id} is removed; nothing was deleted in NetBox.`)
  return 0
}

interface TestResult {
  readonly status: string
  readonly detail: string
  readonly version: string | null
  readonly fingerprint_sha256: string | null
  readonly ca_certificate: string | null
  readonly findings: readonly {
    severity: 'ok' | 'warning' | 'error'
    code: string
    detail: string
    remedy: string
  }[]
}

/** `proxbox endpoint test KIND ID|NAME`: what is wrong and the command that mends it; `--trust` stores the cluster's CA of a pinned Proxmox. */
export async function testEndpoint(
  context: CommandContext,
  kindText: string,
  nameOrId: string,
  options: { trust?: boolean }
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const id = await idOf(context, kind, nameOrId)
  if (kind === 'fastapi') {
    const reply = await api.call<{ status: string; detail: string }>(
      'keepaliveFastAPI',
      { params: { id } },
      context.signal
    )
    if (context.output.json) context.output.data(reply)
    else context.output.text(`${reply.status}: ${reply.detail}`)
    return reply.status === 'success' ? 0 : 1
  }
  const result = await api.call<TestResult>(
    `test${names[kind]}`,
    { params: { id } },
    context.signal
  )
  if (context.output.json) context.output.data(result)
  else printTest(context, result)
  if (options.trust === true && result.ca_certificate !== null)
    await trustCa(context, id, result.ca_certificate)
  return result.status === 'success' ? 0 : 1
}

function printTest({ output }: CommandContext, result: TestResult): void {
  const marks = {
    ok: output.color.green('✓'),
    warning: output.color.yellow('!'),
    error: output.color.red('✗')
  }
  for (const finding of result.findings) {
    output.text(`${marks[finding.severity]} ${finding.detail}`)
    if (finding.remedy !== '') output.text(`    ${finding.remedy}`)
  }
  if (result.fingerprint_sha256 !== null)
    output.text(`  certificate SHA-256 ${result.fingerprint_sha256}`)
  output.text(
    `${result.status === 'success' ? output.color.green('ready') : output.color.red('not ready')}: ${result.detail}`
  )
}

/** Leaf certificates renew and differ per node; the cluster's CA stays. */
async function trustCa(context: CommandContext, id: number, certificate: string): Promise<void> {
  const api = await context.api()
  await api.call(
    'updateProxmoxEndpoint',
    { params: { id }, body: { ca_certificate: certificate, fingerprint_sha256: '' } },
    context.signal
  )
  if (!context.output.json)
    context.output.text('  the cluster CA is stored and trusted from now on')
}
