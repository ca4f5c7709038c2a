import type { IncomingHttpHeaders } from 'node:http'
import type { Bus } from '@proxbox/bus'
import { type Principal, ProxboxError, type Route } from '@proxbox/contracts'

/** Pure: the API token of a request; empty when it carries none. */
export function tokenFrom(headers: IncomingHttpHeaders): string {
  const key = headers['x-proxbox-api-key']
  if (typeof key === 'string') return key
  return /^(?:Token|Bearer)\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
}

const rememberMs = 5000
const rememberCount = 1000

/** Resolves tokens to Principals; what the registry said holds for 5 s, so a revoked token ends within that time. */
export function openAuthenticator(bus: Pick<Bus, 'ask'>, now: () => number) {
  const known = new Map<string, { principal: Principal; untilMs: number }>()
  return async (token: string): Promise<Principal> => {
    if (token === '') throw new ProxboxError('TOKEN_MISSING')
    const hit = known.get(token)
    if (hit !== undefined && hit.untilMs > now()) return hit.principal
    known.delete(token)
    const principal = await bus.ask<Principal>('authenticate', { body: { token } })
    if (known.size >= rememberCount) known.clear()
    known.set(token, { principal, untilMs: now() + rememberMs })
    return principal
  }
}
export type Authenticate = ReturnType<typeof openAuthenticator>

/** @throws ProxboxError PERMISSION_DENIED when the Principal may not do this. */
export function checkPermission(
  principal: Principal,
  route: Pick<Route, 'permission' | 'method'>
): void {
  if (route.method !== 'GET' && !principal.write)
    throw new ProxboxError('PERMISSION_DENIED', { permission: 'to write (the token is read-only)' })
  if (
    route.permission === null ||
    principal.superuser ||
    principal.permissions.includes(route.permission)
  )
    return
  throw new ProxboxError('PERMISSION_DENIED', { permission: route.permission })
}
