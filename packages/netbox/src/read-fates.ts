import { type Fates, kinds, netboxKey, type ObjectsAsked, ProxboxError } from '@proxbox/contracts'
import type { NetBox, Query } from './open-netbox.ts'
import { readAnswer } from './read-answer.ts'
import { idsPerCall } from './read-items.ts'
import { chunksOf, objectsIn } from './wire.ts'

const path = 'core/object-changes/'
const mostRows = 1000

/**
 * What NetBox's changelog tells of objects that were not read: it restricts nobody by the object. Deletions are in it as
 * long as anything before them; an id is not given twice. Two requests for every 350 ids, of whatever kinds: what is told
 * of other objects with these ids is left out.
 *
 * @throws ProxboxError NETBOX_*, but for a missing permission
 */
export async function readFates(
  netbox: NetBox,
  asked: readonly ObjectsAsked[],
  signal: AbortSignal
): Promise<Fates> {
  const fates = new Map<string, 'deleted' | 'kept'>()
  const all = asked.flatMap(({ kind, ids }) => ids.map((id) => ({ kind, id })))
  const keys = new Map(
    all.map(({ kind, id }) => [`${kinds[kind].model} ${id}`, netboxKey(kind, id)])
  )
  const read = async (ids: readonly number[], more: Query) =>
    (await changedIn(netbox, { changed_object_id: ids, ...more }, signal)).flatMap((changed) => {
      const key = keys.get(changed)
      return key === undefined ? [] : [key]
    })
  const unique = [...new Set(all.map(({ id }) => id))]
  for (const some of chunksOf(unique, idsPerCall(unique))) {
    for (const key of await read(some, { action: 'delete' })) fates.set(key, 'deleted')
    const left = all.filter(({ kind, id }) => some.includes(id) && !fates.has(netboxKey(kind, id)))
    if (left.length === 0) continue
    // Of many changes only the newest are read: who is not among them is not told of.
    const ids = [...new Set(left.map(({ id }) => id))]
    for (const key of await read(ids, { ordering: '-time' }))
      if (!fates.has(key)) fates.set(key, 'kept')
  }
  return fates
}

/** The objects of these changes, as model and id. */
async function changedIn(
  { inside }: NetBox,
  query: Query,
  signal: AbortSignal
): Promise<readonly string[]> {
  try {
    const fields = { fields: 'changed_object_type,changed_object_id', limit: mostRows }
    const { results } = await readAnswer(inside, path, { ...query, ...fields }, signal)
    return objectsIn(results).map(
      ({ changed_object_type: model, changed_object_id: id }) => `${String(model)} ${String(id)}`
    )
  } catch (error) {
    if (!(error instanceof ProxboxError) || error.code !== 'NETBOX_PERMISSION') throw error
    return []
  }
}
