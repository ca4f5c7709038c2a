import { ProxboxError, type Route } from '@proxbox/contracts'
import { sealText, unsealText } from './seal.ts'
import { putBack, type SecretField, takeOut } from './secret-fields.ts'

/** `n/total` on each part of a reply. */
export const partHeader = 'Proxbox-Part'

/** What a call carries: the request of its route, secrets apart and sealed. */
export interface RequestEnvelope {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly sealed?: string
}

export interface ReplyEnvelope {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: unknown
  readonly sealed?: string
}

type Direction = 'request' | 'reply'
const pathsOf = (route: Route, direction: Direction): readonly string[] =>
  (direction === 'request' ? route.secrets?.body : route.secrets?.reply) ?? []
const purposeOf = (route: Route, direction: Direction): string =>
  `${route.operationId}:${direction}`

/** Takes the secret fields out of a body and seals them. @throws ProxboxError CONFIG_INVALID when there are some but no key. */
export function closeBody(
  body: unknown,
  route: Route,
  direction: Direction,
  key: Buffer | undefined
): { body?: unknown; sealed?: string } {
  const { rest, taken } = takeOut(body, pathsOf(route, direction))
  if (taken.length === 0) return rest === undefined ? {} : { body: rest }
  const text = JSON.stringify(taken)
  return { body: rest, sealed: sealText(text, keyOrFail(key, route), purposeOf(route, direction)) }
}

/** Puts the sealed fields back. */
export function openBody(
  envelope: { body?: unknown; sealed?: string },
  route: Route,
  direction: Direction,
  key: Buffer | undefined
): unknown {
  if (envelope.sealed === undefined) return envelope.body
  const text = unsealText(envelope.sealed, keyOrFail(key, route), purposeOf(route, direction))
  return putBack(envelope.body, JSON.parse(text) as SecretField[]) // sealed by closeBody
}

function keyOrFail(key: Buffer | undefined, route: Route): Buffer {
  if (key === undefined)
    throw new ProxboxError('CONFIG_INVALID', {
      faults: `PROXBOX_ENCRYPTION_KEY is needed for ${route.operationId}`
    })
  return key
}

/** Pure: path and query of a route's request. */
export function urlOf(route: Route, { params = {}, query = {} }: RequestEnvelope): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name] ?? ''))
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat())
      if (one !== undefined && one !== null) search.append(name, String(one))
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}
