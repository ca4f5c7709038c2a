import { openHttpClient } from '@proxbox/http'
import Type from 'typebox'
import { Value } from 'typebox/value'

/** A NetBox that tells how much was written to it. */
export interface CountedNetBox {
  readonly url: string
  readonly token: string
  readonly title: string
  /** Grows with each write, by NetBox's own count; equal before and after means that nothing was written. */
  countWrites(signal: AbortSignal): Promise<number>
  close(): Promise<void>
}

const timeoutMs = 30_000
const Status = Type.Object({ 'netbox-version': Type.String() })
const Page = Type.Object({ count: Type.Integer() })

/** The person's NetBox; its changelog counts the writes. @throws with the remedy when it cannot be read */
export async function openRealNetBox(
  url: string,
  token: string,
  signal: AbortSignal
): Promise<CountedNetBox> {
  if (token === '') throw new Error('NETBOX_URL is set but NETBOX_TOKEN is not: set both or none.')
  const baseUrl = baseUrlFrom(url)
  const http = openHttpClient({ baseUrl, connections: 1, timeoutMs })
  // Tokens of version 2 are `nbt_key.secret` and want Bearer (NetBox 4.5, REST API authentication).
  const headers = { authorization: `${token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${token}` }
  const read = async (path: string, query: Record<string, number>, abort: AbortSignal) => {
    const request = { method: 'GET', path, query, headers }
    const response = await http.request(request, abort).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`NETBOX_URL: ${reason}`, { cause })
    })
    if (response.status < 400) return response.json()
    const remedy = 'check NETBOX_URL, NETBOX_TOKEN and that the token may view object changes'
    throw new Error(`NetBox at ${baseUrl} answered ${response.status} to ${path}: ${remedy}.`)
  }
  try {
    const status = Value.Decode(Status, await read('/api/status/', {}, signal))
    const countWrites = async (abort: AbortSignal) =>
      Value.Decode(Page, await read('/api/core/object-changes/', { limit: 1 }, abort)).count
    await countWrites(signal)
    const title = `NetBox ${status['netbox-version']} at ${baseUrl}`
    return { url: baseUrl, token, title, countWrites, close: () => http.close() }
  } catch (error) {
    await http.close()
    throw error
  }
}

/** An Endpoint is a host and a port; it has no path. */
function baseUrlFrom(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.pathname === '/')
    return parsed.origin
  throw new Error(`NETBOX_URL is "${url}": it must be like https://netbox.example.org.`)
}
