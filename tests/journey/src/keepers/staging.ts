import type { Run } from '@proxbox/contracts'
import { setConfig } from '@proxbox/simulator/proxmox'
import type { Test } from 'tap'
import { answers, isAsked, isQuiet, writesItsTag, writesOf } from './asked.ts'
import type { Kept, Row } from './keep.ts'
import { ledgersOf } from './ledger-of.ts'
import type { CopyPlace } from './place.ts'

const asked = {
  owner: /NetBox Endpoint production already keeps it/,
  decisions: ['same', 'copy']
} as const

/**
 * Production's NetBox is copied to staging, which is added as an Endpoint of its own.
 *
 * @param isWhole false leaves out what does not depend on NetBox
 */
export async function copiedToStaging(t: Test, kept: Kept, isWhole: boolean): Promise<void> {
  const { ground, production } = kept
  const place = await ground.copy()
  const staging = await kept.addRow('staging', place)
  const commands = await isAsked(t, kept, staging, asked)
  await answers(t, kept, commands, 'copy')
  await beginsAnew(t, kept, staging)
  await worksAlone(t, kept, [production, staging])
  if (isWhole) await liveBesideEachOther(t, kept, { place, staging })
  await t.test('staging is made from production once more: the decision holds', async (t) => {
    await place.restore()
    await beginsAnew(t, kept, staging)
    await isQuiet(t, kept, production)
  })
  await kept.removeRow(staging)
}

async function liveBesideEachOther(
  t: Test,
  kept: Kept,
  { place, staging }: { place: CopyPlace; staging: Row }
): Promise<void> {
  await t.test('a second address of the copy is told who keeps the copy', async (t) => {
    const second = await kept.addRow('staging again', place, { domain: 'localhost' })
    const owner = /NetBox Endpoint staging already keeps it/
    await answers(t, kept, await isAsked(t, kept, second, { ...asked, owner }), 'same')
    await isQuiet(t, kept, second)
    await kept.removeRow(second)
  })
  await t.test('a change in Proxmox reaches each of them by its own Run', async (t) => {
    const [guest] = kept.world.guests
    if (guest === undefined) throw new Error('the world has guests')
    setConfig(kept.world, guest.vmid, 'cores', 7)
    t.same(await writesOf(t, kept, kept.production), { PATCH: 1 })
    t.same(await writesOf(t, kept, staging), { PATCH: 1 }, 'it was not there yet')
  })
}

/** Production's dump is restored into a NetBox that another Endpoint has kept for itself. */
export async function restoredInto(t: Test, kept: Kept): Promise<void> {
  const { ground } = kept
  const place = await ground.copy()
  await place.empty()
  const lab = await kept.addRow('lab', place)
  t.match(await writesOf(t, kept, lab), { POST: Number }, 'an empty NetBox is filled')
  await isQuiet(t, kept, lab)
  await place.restore()
  const commands = await isAsked(t, kept, lab, asked)
  await answers(t, kept, commands, 'copy')
  await beginsAnew(t, kept, lab)
  await kept.removeRow(lab)
}

/** All is found again by its evidence; nothing that an Endpoint knew before, of other content, has a say. */
async function beginsAnew(t: Test, kept: Kept, row: Row): Promise<void> {
  const known = await ledgersOf(kept.journey)
  await writesItsTag(t, kept, row)
  const ledgers = await ledgersOf(kept.journey)
  const fresh = [...ledgers].filter(([netbox]) => !known.has(netbox)).map(([, ledger]) => ledger)
  t.equal(fresh.length, 1, 'it has an identity with a Ledger of its own')
  t.equal(fresh[0]?.created, 0, 'which says of nothing that Proxbox made it')
  const [oldest] = known.values()
  t.same(fresh[0]?.ids, oldest?.ids, 'and knows the same objects as the one of production')
}

/** They have two leases: a Run of production that goes on for long does not keep staging waiting. Neither writes. */
async function worksAlone(t: Test, { journey }: Kept, rows: readonly [Row, Row]) {
  for (const { gate } of rows) gate.clear()
  const { reached, release } = rows[0].gate.hold()
  const wanted = { netbox_endpoint_ids: [rows[0].id] }
  const slow = await journey.want<Run>('POST', '/sync/full-update/', wanted)
  try {
    await reached
    const { run } = await journey.sync({ netbox_endpoint_ids: [rows[1].id] })
    t.equal(run.state.value, 'succeeded', 'staging has a lease of its own')
  } finally {
    release()
  }
  t.equal((await journey.follow(slow)).run.state.value, 'succeeded')
  for (const { gate } of rows) t.same(Object.keys(gate.counts()), ['GET'], 'nothing to write')
}
