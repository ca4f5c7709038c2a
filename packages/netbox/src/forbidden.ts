import { kinds, ProxboxError } from '@proxbox/contracts'
import type { HttpResponse } from '@proxbox/http'
import { answerFailure, detailOf } from './failure.ts'
import type { Inside } from './open-netbox.ts'
import { readToken } from './read-token.ts'
import type { WriteBatch } from './write-types.ts'

const verbs = { create: 'add', update: 'change', delete: 'delete' } as const

/** Pure: `virtualization.add_virtualmachine`. */
export function permissionFor(batch: Pick<WriteBatch, 'kind' | 'action'>): string {
  const [app, model] = kinds[batch.kind].model.split('.')
  return `${app}.${verbs[batch.action]}_${model}`
}

/** Why NetBox answered 403 to a write: the token itself, a token that may only read, or a missing permission. */
export async function forbiddenFailure(
  inside: Inside,
  response: HttpResponse,
  batch: WriteBatch,
  signal: AbortSignal
): Promise<ProxboxError> {
  const { endpoint } = inside.place
  const permission = permissionFor(batch)
  const failure = answerFailure(response, inside.place, kinds[batch.kind].path)
  if (failure.code === 'NETBOX_CREDENTIAL') return failure
  const token = await readToken(inside, signal)
  if (token.state === 'refused')
    return new ProxboxError('NETBOX_CREDENTIAL', { endpoint, detail: detailOf(response) })
  if (token.writeEnabled === false) return new ProxboxError('NETBOX_READ_ONLY', { endpoint })
  return new ProxboxError('NETBOX_PERMISSION', { endpoint, permission })
}
