import { type KindName, kinds } from '@proxbox/contracts'
import { bodyOf } from './failure.ts'
import type { Inside } from './open-netbox.ts'
import type { TokenFacts } from './read-token.ts'
import { idOf, isObject, type Json, objectsIn } from './wire.ts'

/** What is ever deleted: our own disks and MAC addresses. */
const deletedKinds: readonly KindName[] = ['disk', 'mac-address']

/**
 * `delete` permissions that no grant of this user or its groups gives. OPTIONS does not show them, so they are read from
 * the grants, or without the right to see those from the user itself; empty when neither tells, or when there are none (a superuser needs none).
 *
 * @throws HttpError
 */
export async function deleteGrants(
  inside: Inside,
  token: TokenFacts,
  signal: AbortSignal
): Promise<string[]> {
  const list = await inside.get('users/permissions/', { limit: 1000 }, signal)
  const body = bodyOf(list)
  const isReadable = list.status === 200 && isObject(body)
  const fallback = token.groupIds.length === 0 ? token.grants : []
  const ours = isReadable
    ? objectsIn(body.results).filter((grant) => isFor(grant, token))
    : fallback
  if (ours.length === 0) return []
  const granted = new Set(
    ours
      .filter(({ actions }) => Array.isArray(actions) && actions.includes('delete'))
      .flatMap(({ object_types }) => (Array.isArray(object_types) ? object_types : []))
  )
  return deletedKinds
    .map((kind) => kinds[kind].model)
    .filter((model) => !granted.has(model))
    .map((model) => model.replace('.', '.delete_'))
}

function isFor(grant: Json, { userId, groupIds }: TokenFacts): boolean {
  const users = objectsIn(grant.users).map(idOf)
  const groups = objectsIn(grant.groups).map(idOf)
  const isMember = groups.some((id) => id !== undefined && groupIds.includes(id))
  return grant.enabled !== false && (isMember || users.includes(userId))
}
