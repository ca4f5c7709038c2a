import { estatesOf, randomsFrom } from '../cases.ts'
import { Killed } from '../execute.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'
import { settled } from '../settled.ts'
import { difference } from '../sides/netbox-side.ts'

function killAt(count: number): () => void {
  let ticks = 0
  return () => {
    ticks += 1
    if (ticks === count) throw new Killed()
  }
}

/** Rows of the Ledger as text. */
const originsOf = (session: Session) =>
  new Map([...session.inventory.ledger.values()].map(({ key, origin }) => [key, origin]))

/** Killed anywhere and started again, in any order of writes: the content is the same, and all of it is ours. */
export const anyOrderAnyCrash: Law = {
  name: 'Any order, any crash',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const session = await bench.session(one.version)
    const [first = 0, second = 0, third = 0, skip = 0] = one.faults
    if (skip % 3 !== 0) await session.sync(before)
    await session.foresee(after)
    const back = await session.save()
    await session.sync(after)
    // The Plan that writes nothing learns what the others have made.
    await session.apply(await settled(session, after))
    const smooth = await session.netbox.exportCanonical()
    const origins = originsOf(session)
    await back()
    const random = randomsFrom(one.faults)
    for (const count of [first, second, third]) {
      try {
        await session.apply(await session.plan(after), killAt(1 + (count % 90)), random)
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
    }
    await session.apply(await session.plan(after), () => {}, random)
    await session.apply(await settled(session, after))
    const differs = difference(smooth, await session.netbox.exportCanonical())
    if (differs !== '') throw new Error(`undisturbed (-) and killed (+):\n${differs}`)
    const rough = originsOf(session)
    for (const [key, origin] of origins) {
      if (rough.get(key) !== origin) throw new Error(`${key}: ${origin}, but ${rough.get(key)}`)
    }
  }
}
