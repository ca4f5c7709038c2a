import type { IncomingMessage } from 'node:http'
import type { PveRequest } from './answer.ts'

const PREFIX = /^\/api2\/(?:json|extjs)(\/.*|)$/
/** pve-http-server refuses larger bodies (64 KiB before 5.2.1). */
const BODY_LIMIT_BYTES = 65_536

/** Reads a request as far as the API needs it; null outside /api2/json or with too large a body. */
export async function requestFrom(incoming: IncomingMessage): Promise<PveRequest | null> {
  const [rawPath = '', rawQuery = ''] = splitAt(incoming.url ?? '/', '?')
  const path = PREFIX.exec(rawPath)?.[1]
  if (path === undefined) return null
  const body = await bodyOf(incoming)
  if (body === null) return null
  const { authorization, cookie } = incoming.headers
  const csrf = incoming.headers.csrfpreventiontoken
  return {
    method: incoming.method ?? 'GET',
    path: path.replace(/\/+$/, '') || '/',
    query: Object.fromEntries(new URLSearchParams(rawQuery)),
    form: formFrom(body, incoming.headers['content-type'] ?? ''),
    now: Math.floor(Date.now() / 1000),
    auth: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(typeof csrf === 'string' ? { csrf } : {})
    }
  }
}

function formFrom(body: string, contentType: string): Record<string, string> {
  if (!contentType.includes('json')) return Object.fromEntries(new URLSearchParams(body))
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null) return {}
    return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]))
  } catch (error) {
    // Faulty JSON is an empty form: the answer names the missing parameters.
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > BODY_LIMIT_BYTES) return null
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
