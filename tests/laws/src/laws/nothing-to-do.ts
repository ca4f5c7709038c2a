import { estatesOf, randomsFrom } from '../cases.ts'
import type { Law } from '../law.ts'
import { settled } from '../settled.ts'

/** A Plan that was applied leaves nothing: no write, no Change, nothing to learn. */
export const nothingToDo: Law = {
  name: 'Nothing to do',
  holds: async (one, bench) => {
    const session = await bench.session(one.version)
    for (const seen of await estatesOf(one)) {
      await session.foresee(seen)
      await session.apply(await session.plan(seen), () => {}, randomsFrom(one.faults))
      const again = await settled(session, seen)
      const writes = session.netbox.writes()
      const logged = await changelogOf(session.netbox)
      await session.apply(again)
      if (session.netbox.writes() !== writes) throw new Error('it wrote')
      if ((await changelogOf(session.netbox)) !== logged)
        throw new Error('a changelog row appeared')
      const third = await session.plan(seen)
      if (third.adoptions.length > 0)
        throw new Error(`still to learn: ${JSON.stringify(third.adoptions)}`)
    }
  }
}

async function changelogOf(netbox: { call(method: string, path: string): Promise<unknown> }) {
  const page = await netbox.call('GET', 'core/object-changes/?limit=1')
  return typeof page === 'object' && page !== null && 'count' in page ? Number(page.count) : -1
}
