import { bodyOf } from './failure.ts'
import type { Inside } from './open-netbox.ts'
import { idOf, isObject, type Json, objectsIn } from './wire.ts'

export interface TokenFacts {
  readonly state: 'ok' | 'refused'
  readonly userId?: number
  readonly groupIds: readonly number[]
  /** Grants to the user itself; those of its groups are not among them. */
  readonly grants: readonly Json[]
  readonly username?: string
  /** Undefined when this user may not see tokens. */
  readonly writeEnabled?: boolean
  readonly expires?: string
}

/**
 * Whose token ours is and what it may, without writing: `authentication-check` (4.5+), then our own row among the
 * user's tokens, by key (v2) or by its last characters (v1).
 *
 * @throws HttpError
 */
export async function readToken(inside: Inside, signal: AbortSignal): Promise<TokenFacts> {
  const check = await inside.get('authentication-check/', {}, signal)
  const user = bodyOf(check)
  if (check.status !== 200 || !isObject(user))
    return {
      state: check.status === 401 || check.status === 403 ? 'refused' : 'ok',
      groupIds: [],
      grants: []
    }
  const userId = idOf(user)
  const groupIds = objectsIn(user.groups).flatMap((group) => idOf(group) ?? [])
  const facts = {
    state: 'ok' as const,
    groupIds,
    grants: objectsIn(user.permissions),
    ...(userId === undefined ? {} : { userId }),
    ...(typeof user.username === 'string' ? { username: user.username } : {})
  }
  const list = await inside.get('users/tokens/', { user_id: userId, limit: 200 }, signal)
  const body = bodyOf(list)
  const row = isObject(body)
    ? objectsIn(body.results).find((token) => isOurs(token, inside.token, userId))
    : undefined
  if (row === undefined) return facts
  return {
    ...facts,
    ...(typeof row.write_enabled === 'boolean' ? { writeEnabled: row.write_enabled } : {}),
    ...(typeof row.expires === 'string' ? { expires: row.expires } : {})
  }
}

function isOurs(token: Json, value: string, userId: number | undefined): boolean {
  if (idOf(token.user) !== userId) return false
  if (value.startsWith('nbt_')) return token.key === value.slice(4).split('.')[0]
  const shown = String(token.display ?? '').replace(/^\*+/, '')
  return token.version === 1 && shown.length >= 4 && value.endsWith(shown)
}
