import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readText } from 'node:stream/consumers'
import {
  type EndpointKind,
  endpointKinds,
  fastapiEndpointWrite,
  type NetBoxEndpoint,
  netboxEndpointWrite,
  proxmoxEndpointWrite
} from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { mergedPolicies, policiesFrom } from './policy-option.ts'

export const endpointModels = {
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
  /** Of a backend: the collector of this installation, found without an address. */
  readonly built_in?: boolean
}

/** Pure. @throws ApiError with the kinds that there are */
export function kindFrom(text: string): EndpointKind {
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
      `list${endpointModels[one]}s`,
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
        row.built_in === true ? 'built-in' : `${row.domain || row.ip_address}:${row.port}`,
        row.enabled ? 'yes' : 'no'
      ])
    )
  return 0
}

/** `proxbox endpoint add KIND NAME field=value…` and `set KIND ID|NAME field=value…`; `field=@file` reads a file, `field=-` standard input. */
export async function writeEndpoint(
  context: CommandContext,
  kindText: string,
  target: { name: string; isNew: boolean; policies?: readonly string[] },
  assignments: readonly string[]
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const body = {
    ...(await bodyFrom(kind, assignments)),
    ...(await policyBody(context, kind, target))
  }
  if (Object.keys(body).length === 0)
    throw new ApiError(400, 'Nothing to store: name fields as field=value.')
  const row = target.isNew
    ? await api.call<EndpointRow>(
        `create${endpointModels[kind]}`,
        { body: { ...body, name: target.name } },
        context.signal
      )
    : await api.call<EndpointRow>(
        `update${endpointModels[kind]}`,
        { params: { id: await endpointId(context, kind, target.name) }, body },
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
    if (name === 'policies')
      throw new ApiError(400, 'Policies are set one by one: --policy kind.field=policy.')
    body[name] = valueFrom(Reflect.get(fields[kind], name), await textOf(name, text))
  }
  return body
}

/** The stored overrides with the chosen ones: a write of `policies` replaces them all. */
async function policyBody(
  context: CommandContext,
  kind: EndpointKind,
  { name, isNew, policies = [] }: { name: string; isNew: boolean; policies?: readonly string[] }
): Promise<Record<string, unknown>> {
  if (policies.length === 0) return {}
  if (kind !== 'netbox') throw new ApiError(400, '--policy: only a netbox Endpoint has policies.')
  const chosen = policiesFrom(policies)
  if (isNew) return { policies: mergedPolicies({}, chosen) }
  const api = await context.api()
  const id = await endpointId(context, kind, name)
  const stored = await api.call<NetBoxEndpoint>(
    'readNetBoxEndpoint',
    { params: { id } },
    context.signal
  )
  return { policies: mergedPolicies(stored.policies, chosen) }
}

async function textOf(field: string, text: string): Promise<string> {
  if (text.startsWith('@')) return (await fileText(field, text.slice(1))).trim()
  return text === '-' ? (await readText(stdin)).trim() : text
}

async function fileText(field: string, path: string): Promise<string> {
  const remedy = 'name a file that you may read, or - for standard input'
  return await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ApiError(400, `${field}: ${path} cannot be read: ${remedy}.`, { cause })
  })
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

/** The id of an Endpoint named by id or name. @throws ApiError with the names that there are */
export async function endpointId(
  context: CommandContext,
  kind: EndpointKind,
  nameOrId: string
): Promise<number> {
  if (/^\d+$/.test(nameOrId)) return Number(nameOrId)
  const api = await context.api()
  const { results } = await api.call<{ results: EndpointRow[] }>(
    `list${endpointModels[kind]}s`,
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

/** Endpoints of an option, by id or name, one by one or with commas. @throws ApiError with the names that there are */
export async function endpointIds(
  context: CommandContext,
  kind: EndpointKind,
  texts: readonly string[] | undefined
): Promise<number[] | undefined> {
  if (texts === undefined) return undefined
  const ids: number[] = []
  for (const text of texts.flatMap((one) => one.split(','))) {
    ids.push(await endpointId(context, kind, text.trim()))
  }
  return ids
}

/** `proxbox endpoint remove KIND ID|NAME`: nothing is deleted in NetBox. */
export async function removeEndpoint(
  context: CommandContext,
  kindText: string,
  nameOrId: string
): Promise<ExitCode> {
  const api = await context.api()
  const kind = kindFrom(kindText)
  const id = await endpointId(context, kind, nameOrId)
  await api.call(`delete${endpointModels[kind]}`, { params: { id } }, context.signal)
  if (context.output.json) context.output.data({ removed: id })
  else context.output.text(`${kind} Endpoint ${id} is removed; nothing was deleted in NetBox.`)
  return 0
}
