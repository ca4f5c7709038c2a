import { createHmac, timingSafeEqual } from 'node:crypto'
import { PveError } from './errors.ts'
import { allPrivileges } from './world/privileges.ts'
import type { AccessRule, User, World } from './world/world-shape.ts'

/** What a request carries to prove who asks; header values as received. */
export interface RequestAuth {
  authorization?: string
  cookie?: string
  csrf?: string
}

/** An authenticated user or token with the privileges it holds on a path. */
export interface Caller {
  /** user@realm or user@realm!token */
  id: string
  isToken: boolean
  /** True only for a root@pam ticket. */
  isSuperuser: boolean
  privilegesOn(path: string, pool?: string): ReadonlySet<string>
}

/** Tickets live two hours, with five minutes of grace for skewed clocks. */
const TICKET_SECONDS = 7200
const GRACE_SECONDS = 300

/** Who asks. A cookie beats a token (pve-http-server). Throws PveError 401 after the world's `authDelayMs`. */
export function callerFrom(
  world: World,
  auth: RequestAuth,
  at: { now: number; method: string }
): Caller {
  const ticket = /(?:^|[;\s])PVEAuthCookie=([^;]+)/.exec(`${auth.cookie ?? ''}`)?.[1]
  if (ticket !== undefined) return ticketCaller(world, decodeURIComponent(ticket), auth, at)
  const token = /^PVEAPIToken[= ]([^;]+)/.exec(auth.authorization ?? '')?.[1]
  if (token !== undefined) return tokenCaller(world, decodeURIComponent(token), at.now)
  throw unauthorized(world, 'No ticket')
}

/** 401: always late, never with a body. */
export function unauthorized(world: World, reason: string): PveError {
  return new PveError(401, reason, { delayMs: world.authDelayMs, isBare: true })
}

/** Text to send as the Authorization header for a token of this world. */
export function authorizationOf(token: { id: string; secret: string }): string {
  return `PVEAPIToken=${token.id}=${token.secret}`
}

/** A fresh ticket for a user at a time in epoch seconds. */
export function ticketFor(
  world: World,
  user: string,
  now: number
): { ticket: string; csrf: string } {
  const head = `PVE:${user}:${now.toString(16).toUpperCase().padStart(8, '0')}`
  const csrfHead = now.toString(16).toUpperCase().padStart(8, '0')
  return {
    ticket: `${head}::${signature(world, head)}`,
    csrf: `${csrfHead}:${signature(world, `${csrfHead}:${user}`)}`
  }
}

/** The user whose unexpired ticket this is, else null. */
export function ticketUser(world: World, ticket: string, now: number): User | null {
  const match = /^(PVE:([^:]+):([0-9A-F]{8}))::(.+)$/.exec(ticket)
  if (match === null) return null
  const [, head = '', id, time = '0', signed = ''] = match
  if (!isEqual(signed, signature(world, head))) return null
  const age = now - Number.parseInt(time, 16)
  if (age > TICKET_SECONDS || age < -GRACE_SECONDS) return null
  return world.users.find((user) => user.id === id) ?? null
}

function ticketCaller(
  world: World,
  ticket: string,
  auth: RequestAuth,
  at: { now: number; method: string }
) {
  const user = ticketUser(world, ticket, at.now)
  if (user === null) throw unauthorized(world, 'permission denied - invalid PVE ticket')
  if (at.method !== 'GET') {
    const [time = '', signed = ''] = (auth.csrf ?? '').split(':')
    if (!isEqual(signed, signature(world, `${time}:${user.id}`))) {
      throw unauthorized(world, 'Permission denied - invalid csrf token')
    }
  }
  return callerOf(world, user, null)
}

function tokenCaller(world: World, text: string, now: number): Caller {
  const [id = '', secret = ''] = splitOnce(text)
  const token = world.tokens.find((candidate) => candidate.id === id)
  const owner = world.users.find((candidate) => candidate.id === id.split('!')[0])
  if (token === undefined || owner === undefined) {
    throw unauthorized(
      world,
      `no such token '${id.split('!')[1] ?? ''}' for user '${id.split('!')[0]}'`
    )
  }
  if (!isEqual(token.secret, secret)) throw unauthorized(world, 'invalid token value!')
  if (token.expire !== 0 && token.expire <= now) throw unauthorized(world, 'token expired')
  return callerOf(world, owner, token)
}

function callerOf(world: World, owner: User, token: World['tokens'][number] | null): Caller {
  const everything = new Set(allPrivileges(world.version))
  const ownerOn = (path: string, pool?: string) =>
    owner.superuser ? everything : privilegesFrom(owner.rules, path, pool)
  const cache = new Map<string, ReadonlySet<string>>()
  return {
    id: token?.id ?? owner.id,
    isToken: token !== null,
    isSuperuser: owner.superuser && token === null,
    privilegesOn: (path, pool) => {
      const key = `${path} ${pool ?? ''}`
      const known = cache.get(key)
      if (known !== undefined) return known
      const fresh =
        token === null || !token.privsep
          ? ownerOn(path, pool)
          : intersection(ownerOn(path, pool), privilegesFrom(token.rules, path, pool))
      cache.set(key, fresh)
      return fresh
    }
  }
}

/** Rules on a deeper path replace inherited ones; a pool adds its VM and Datastore rights; NoAccess wins. */
function privilegesFrom(rules: readonly AccessRule[], path: string, pool?: string): Set<string> {
  const own = inherited(rules, path)
  if (own.has('NoAccess')) return new Set()
  if (pool === undefined) return own
  const added = [...inherited(rules, `/pool/${pool}`)].filter((name) =>
    /^(VM|Datastore)\./.test(name)
  )
  return new Set([...own, ...added])
}

function inherited(rules: readonly AccessRule[], path: string): Set<string> {
  const parts = path.split('/').filter((part) => part !== '')
  let held = new Set<string>()
  for (let depth = 0; depth <= parts.length; depth++) {
    const at = `/${parts.slice(0, depth).join('/')}`
    const here = rules.filter(
      (rule) => rule.path === at && (rule.propagate || depth === parts.length)
    )
    if (here.length > 0) held = new Set(here.flatMap((rule) => rule.privileges))
    if (held.has('NoAccess')) return held
  }
  return held
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter((name) => b.has(name)))
}

function signature(world: World, text: string): string {
  return createHmac('sha256', world.ticketKey).update(text).digest('base64').replaceAll('=', '')
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
