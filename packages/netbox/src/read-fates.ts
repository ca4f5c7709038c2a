import { type Fates, kinds, netboxKey, type ObjectsAsked, ProxboxError } from '@proxbox/contracts'
import type { NetBox, Query } from './open-netbox.ts'
import { readAnswer } from './read-answer.ts'
import { idsPerCall } from './read-items.ts'
import { chunksOf, type Json, objectsIn } from './wire.ts'

const path = 'core/object-changes/'
const mostRows = 1000

/**
 * What NetBox's changelog tells of objects that were not read: it restricts nobody by the object. Deletions are in it as
 * long as anything before them; an id is not given twice. Two requests per kind, and two more for every 350 objects.
 *
 * @throws ProxboxError NETBOX_*, but for a missing permission
 */
export async function readFates(
  netbox: NetBox,
  asked: readonly ObjectsAsked[],
  signal: AbortSignal
): Promise<Fates> {
  const fates = new Map<string, 'deleted' | 'kept'>()
  for (const { kind, ids } of asked) {
    const read = (some: readonly number[], more: Query) =>
      idsIn(
        netbox,
        { changed_object_type: kinds[kind].model, changed_object_id: some, ...more },
        signal
      )
    for (const some of chunksOf(ids, idsPerCall(ids))) {
      const deleted = await read(some, { action: 'delete' })
      for (const id of deleted) fates.set(netboxKey(kind, id), 'deleted')
      const others = some.filter((id) => !deleted.has(id))
      // Of many changes only the newest are read: who is not among them is not told of.
      for (const id of others.length === 0 ? [] : await read(others, { ordering: '-time' }))
        fates.set(netboxKey(kind, id), 'kept')
    }
  }
  return fates
}

/** The objects of these changes. */
async function idsIn(
  { inside }: NetBox,
  query: Query,
  signal: AbortSignal
): Promise<ReadonlySet<number>> {
  try {
    const fields = { fields: 'changed_object_id', limit: mostRows }
    const { results } = await readAnswer(inside, path, { ...query, ...fields }, signal)
    return new Set(objectsIn(results).flatMap(changedIn))
  } catch (error) {
    if (!(error instanceof ProxboxError) || error.code !== 'NETBOX_PERMISSION') throw error
    return new Set()
  }
}

const changedIn = ({ changed_object_id: id }: Json): number[] =>
  typeof id === 'number' ? [id] : []
