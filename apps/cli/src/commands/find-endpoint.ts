import { type EndpointKind, endpointKinds } from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'
import type { CommandContext } from './context.ts'

/** As operations name them: `listNetBoxEndpoints`. */
export const endpointModels = {
  proxmox: 'ProxmoxEndpoint',
  netbox: 'NetBoxEndpoint',
  fastapi: 'FastAPIEndpoint'
} as const

export interface EndpointRow {
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

/** All Endpoints of a kind. */
export async function readEndpoints(
  context: CommandContext,
  kind: EndpointKind
): Promise<readonly EndpointRow[]> {
  const api = await context.api()
  const { results } = await api.call<{ results: EndpointRow[] }>(
    `list${endpointModels[kind]}s`,
    { query: { limit: 0 } },
    context.signal
  )
  return results
}

/** The id of an Endpoint named by id or name. @throws ApiError with the names that there are */
export async function endpointId(
  context: CommandContext,
  kind: EndpointKind,
  nameOrId: string
): Promise<number> {
  if (/^\d+$/.test(nameOrId)) return Number(nameOrId)
  const rows = await readEndpoints(context, kind)
  const found = rows.find((row) => row.name === nameOrId)
  if (found === undefined)
    throw new ApiError(
      404,
      `No ${kind} Endpoint is called "${nameOrId}"; there are ${rows.map((row) => row.name).join(', ') || 'none'}.`
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
