import { type Change, type CurrentItem, netboxKey } from '@proxbox/contracts'
import { namePlace } from '../identity/name-place.ts'
import type { Resolve } from '../identity/natural.ts'
import type { Guarded } from './guard.ts'
import { parted } from './parted.ts'

export interface NameFacts {
  readonly current: readonly CurrentItem[]
  readonly resolve: Resolve
}

/** A Change that gives an object a name, and the object of NetBox that has it now. */
interface Taking {
  readonly change: Change
  readonly holder: CurrentItem
}

/**
 * Pure: a name that another object has is given to nobody while this Plan neither renames nor deletes that one, because
 * such a Change is held, say: NetBox would refuse it. Of an update only the name waits.
 */
export function waitForNames(changes: readonly Change[], facts: NameFacts): Guarded {
  const waiting = new Map<string, CurrentItem>()
  const givers = new Set(changes.filter(givesName).map(objectKey))
  const isStuck = ({ change, holder }: Taking) =>
    !waiting.has(change.key) && !givers.has(holder.key)
  const all = takings(changes, facts)
  for (let stuck = all.filter(isStuck); stuck.length > 0; stuck = all.filter(isStuck))
    for (const { change, holder } of stuck) {
      waiting.set(change.key, holder)
      givers.delete(objectKey(change))
    }
  return parted(changes, 'references', ({ key, action }) => {
    const holder = waiting.get(key)
    if (holder === undefined) return
    const reason = `${holder.kind} ${holder.netbox_id} has the name "${String(holder.fields.name)}" in NetBox: it is given away only when that one has another, or is gone.`
    const fields = action === 'create' ? {} : { fields: new Set(['name']) }
    return { code: 'ITEM_HELD', reason, ...fields }
  })
}

const givesName = ({ action, after }: Change): boolean =>
  action === 'delete' || (action === 'update' && 'name' in after)

const objectKey = ({ kind, netbox_id }: Change): string =>
  netbox_id === null ? '' : netboxKey(kind, netbox_id)

function takings(changes: readonly Change[], { current, resolve }: NameFacts): readonly Taking[] {
  const named = changes.filter(({ action, after }) => action !== 'delete' && 'name' in after)
  if (named.length === 0) return []
  const objects = new Map(current.map((item) => [item.key, item.fields]))
  const places = new Map(
    named.map((change) => {
      const fields = { ...objects.get(objectKey(change)), ...change.after }
      return [change, namePlace(change.kind, fields, resolve)] as const
    })
  )
  const wanted = new Set(places.values())
  const holders = new Map(
    current.flatMap((item) => {
      const place = namePlace(item.kind, item.fields, resolve)
      return place !== undefined && wanted.has(place) ? [[place, item] as const] : []
    })
  )
  return named.flatMap((change): Taking[] => {
    const holder = holders.get(places.get(change) ?? '')
    return holder === undefined || holder.key === objectKey(change) ? [] : [{ change, holder }]
  })
}
