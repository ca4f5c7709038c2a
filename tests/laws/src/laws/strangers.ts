import { clusterKey } from '@proxbox/reconcile'
import { estatesOf } from '../cases.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'
import { toldChanges } from '../told.ts'

/** Where Items are: key → NetBox id, of what stands by itself. */
const placesIn = (session: Session) =>
  new Map(
    [...session.inventory.ledger.values()]
      .filter(({ kind }) => ['cluster', 'device', 'vm', 'vm-interface', 'interface'].includes(kind))
      .map(({ key, netbox_id }) => [key, netbox_id])
  )

function mustBeAt(session: Session, wanted: ReadonlyMap<string, number>): void {
  const now = placesIn(session)
  for (const [key, id] of wanted) {
    if (now.get(key) !== id) throw new Error(`${key} was ${id} and is ${now.get(key)}`)
  }
}

/** Two clusters that are alike are never taken for each other, with a Ledger, without one, or with a wrong one. */
export const strangers: Law = {
  name: 'Strangers',
  holds: async (one, bench) => {
    const [a] = await estatesOf(one)
    const [b] = await estatesOf(one, 'cbbbbbbbb')
    const session = await bench.session(one.version)
    await session.foresee(a, b)
    await session.sync(a, b)
    const wanted = placesIn(session)
    for (const { clusterId } of [a, b])
      if (!wanted.has(clusterKey(clusterId)))
        throw new Error(`${clusterId} is not a cluster of its own`)
    const rows = [...session.inventory.ledger.values()]
    const objects = new Set(rows.map(({ kind, netbox_id }) => `${kind}/${netbox_id}`))
    if (objects.size !== rows.length) throw new Error('one object is two Items')
    for (const alone of [[a], [b], [a, b]]) {
      const { changes } = await session.plan(...alone)
      if (changes.length > 0) throw new Error(toldChanges(changes))
    }
    const back = await session.save()
    session.inventory.ledger.clear()
    await session.sync(a, b)
    mustBeAt(session, wanted)
    await back()
    mixUp(session)
    await session.sync(a, b)
    mustBeAt(session, wanted)
  }
}

/** A NetBox that was restored has other objects under the ids that the Ledger knows. */
function mixUp({ inventory: { ledger } }: Session): void {
  const right = new Map(ledger)
  for (const [key, row] of right) {
    const other = right.get(
      key.replaceAll(/caaaaaaaa|cbbbbbbbb|naaaaaaaa|nbbbbbbbb/g, (id) =>
        id.includes('a') ? id.replaceAll('a', 'b') : id.replaceAll('b', 'a')
      )
    )
    const isOne = row.kind === 'vm' || row.kind === 'device'
    if (isOne && other !== undefined) ledger.set(key, { ...row, netbox_id: other.netbox_id })
  }
}
