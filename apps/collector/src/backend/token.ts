import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Pure: the token of `Authorization: Bearer|Token …` or `X-Proxbox-API-Key`; empty when there is none. */
export function tokenFrom(headers: IncomingHttpHeaders): string {
  const key = headers['x-proxbox-api-key']
  if (typeof key === 'string') return key
  return /^(?:Bearer|Token)\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}

/** Compares in constant time. */
export const isToken = (given: string, wanted: string): boolean =>
  timingSafeEqual(digest(given), digest(wanted))
