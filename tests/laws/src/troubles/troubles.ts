import type { ClusterEstate, KindName } from '@proxbox/contracts'
import { clusterOf, plainGuest } from '../many-guests.ts'
import { objectKinds } from '../object-kinds.ts'
import { Session } from '../session.ts'
import { difference, type NetBoxSide } from '../sides/netbox-side.ts'
import { toldChanges } from '../told.ts'
import { shareOf } from './eyes.ts'
import { oneHidden } from './one-hidden.ts'
import type { Trouble } from './trouble.ts'

const count = 16
const first = clusterOf(Array.from({ length: count }, (_, index) => plainGuest(100 + index, true)))

/** The next day: more memory, another name, a guest more. */
const next: ClusterEstate = clusterOf([
  ...first.guests.map((guest, index) =>
    index % 4 === 0 && guest.config !== undefined
      ? { ...guest, config: { ...guest.config, memoryMiB: 4096 } }
      : guest
  ),
  plainGuest(200, true)
])

async function countsOf(netbox: NetBoxSide): Promise<string> {
  const items = await netbox.read(objectKinds)
  const counts = objectKinds.map(
    (kind) => `${kind} ${items.filter((one) => one.kind === kind).length}`
  )
  return counts.join(', ')
}

const primariesOf = async (netbox: NetBoxSide) =>
  new Map(
    (await netbox.read(['vm'])).map(({ fields }) => [
      String(fields.name),
      JSON.stringify([fields.primary_ip4 ?? null, fields.primary_ip6 ?? null])
    ])
  )

/** @throws Error when something is gone, there twice, or a primary address is another one */
async function mustBeWhole(
  netbox: NetBoxSide,
  was: { readonly counts: string; readonly primaries: ReadonlyMap<string, string> },
  what: string
): Promise<void> {
  const counts = await countsOf(netbox)
  if (counts !== was.counts) throw new Error(`${what}: ${counts}, was ${was.counts}`)
  const now = await primariesOf(netbox)
  for (const [name, primary] of was.primaries) {
    if (now.get(name) !== primary)
      throw new Error(`${what}: ${name} has ${now.get(name)}, had ${primary}`)
  }
}

const stateOf = async (netbox: NetBoxSide) => ({
  counts: await countsOf(netbox),
  primaries: await primariesOf(netbox)
})

/** A token that sees less: nothing is made again, nothing is taken away. */
const narrowed: Trouble = {
  name: 'the NetBox token is narrowed by object permissions',
  holds: async (bench, eyes) => {
    const session = await bench.session('4.7.3')
    await session.sync(first)
    const was = await stateOf(session.netbox)
    const cases: readonly { kinds: readonly KindName[]; share: number }[] = [
      { kinds: ['vm'], share: 1 },
      { kinds: ['vm', 'vm-interface', 'ip-address', 'disk', 'mac-address'], share: 1 },
      { kinds: ['ip-address'], share: 1 },
      { kinds: ['vm-interface'], share: 1 },
      { kinds: ['disk', 'mac-address'], share: 1 },
      { kinds: ['device', 'interface'], share: 1 },
      { kinds: ['vm'], share: 0.85 },
      { kinds: ['ip-address'], share: 0.85 }
    ]
    for (const hidden of cases) {
      const seen = await eyes(session.netbox, await shareOf(session.netbox, hidden))
      try {
        const blind = new Session(seen.netbox, {
          ...session.options,
          inventory: session.inventory
        })
        for (const day of [0, 1, 30]) {
          blind.now = session.now + day * 86_400_000
          await blind.sync(first)
          await mustBeWhole(session.netbox, was, `without ${hidden.kinds.join(', ')}, day ${day}`)
        }
      } finally {
        await seen.close()
      }
    }
    const after = await session.plan(first)
    if (after.changes.length > 0)
      throw new Error(`the rights are back:\n${toldChanges(after.changes.slice(0, 5))}`)
  }
}

/** Yesterday's dump under today's Ledger: what is older is brought forward, nothing is made twice. */
const restored: Trouble = {
  name: "NetBox is restored from yesterday's dump",
  holds: async (bench) => {
    const session = await bench.session('4.7.3')
    await session.sync(first)
    const yesterday = await session.netbox.save()
    session.pass(1)
    await session.sync(next)
    const today = await session.netbox.exportCanonical()
    const was = await stateOf(session.netbox)
    await yesterday()
    // What came after the dump is gone, and others have its ids by now.
    const [site] = await session.netbox.read(['site'])
    await session.netbox.create('vm', [
      { fields: { name: 'by hand', site: { ref: site?.key ?? '' } } }
    ])
    await session.sync(next)
    await session.sync(next)
    const left = await session.plan(next)
    if (left.changes.length + left.held.length > 0)
      throw new Error(
        `left to do:\n${toldChanges(left.changes.slice(0, 5))} ${left.held[0]?.reason}`
      )
    const vms = await session.netbox.read(['vm'])
    const mine = vms.find(({ fields }) => fields.name === 'by hand')
    if (mine === undefined) throw new Error('the VM of a person is gone')
    await session.netbox.delete('vm', [mine.netbox_id])
    const differs = difference(today, await session.netbox.exportCanonical())
    if (differs !== '') throw new Error(`not as it was today:\n${differs}`)
    if ((await countsOf(session.netbox)) !== was.counts) throw new Error('something is there twice')
  }
}

/** Restored to before Proxbox had ever written: everything vanished at once, and waits for a person. */
const emptied: Trouble = {
  name: 'NetBox is restored from a dump of before Proxbox',
  holds: async (bench) => {
    const session = await bench.session('4.7.3')
    const before = await session.netbox.save()
    await session.sync(first)
    await before()
    const writes = session.netbox.writes()
    await session.sync(first)
    const made = await session.netbox.read(['vm', 'disk', 'vm-interface', 'ip-address'])
    if (made.length > 0)
      throw new Error(
        `${made.length} objects are made again (${session.netbox.writes() - writes} writes)`
      )
    const { held } = await session.plan(first)
    if (!held.some(({ guard }) => guard === 'vanished')) throw new Error('nobody is asked')
    await session.with({ more: { budget: false } }).sync(first)
    const { changes } = await session.plan(first)
    if (changes.length > 0)
      throw new Error(`approved, and left:\n${toldChanges(changes.slice(0, 5))}`)
  }
}

export const troubles: readonly Trouble[] = [narrowed, oneHidden, restored, emptied]
