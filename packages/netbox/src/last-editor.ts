import { type KindName, kinds } from '@proxbox/contracts'
import { HttpError } from '@proxbox/http'
import { bodyOf } from './failure.ts'
import type { NetBox } from './open-netbox.ts'
import { isObject, objectsIn } from './wire.ts'

const mostChanges = 20

/**
 * Who, beside ourselves, changed an object last, and when (ISO), from NetBox's changelog. Undefined when the changelog
 * does not tell: it is kept for a while only, and the token may not be allowed to read it.
 */
export async function readLastEditor(
  netbox: NetBox,
  { kind, id }: { readonly kind: KindName; readonly id: number },
  signal: AbortSignal
): Promise<{ readonly user: string; readonly at: string } | undefined> {
  const query = {
    changed_object_type: kinds[kind].model,
    changed_object_id: id,
    ordering: '-time',
    limit: mostChanges
  }
  try {
    const answer = await netbox.inside.get('core/object-changes/', query, signal)
    const body = bodyOf(answer)
    if (answer.status !== 200 || !isObject(body)) return undefined
    const change = objectsIn(body.results).find(
      ({ message }) => !String(message ?? '').startsWith('Proxbox Run')
    )
    if (change === undefined) return undefined
    return { user: String(change.user_name ?? ''), at: String(change.time ?? '') }
  } catch (error) {
    // The conflict stands without a name; a NetBox that is gone is noticed by whoever needs it.
    if (error instanceof HttpError) return undefined
    throw error
  }
}
