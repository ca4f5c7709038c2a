import type { Change } from '@proxbox/contracts'
import type { Bench } from '../bench.ts'
import { type Case, estatesOf, randomsFrom } from '../cases.ts'
import type { StoredRun } from '../inventory.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'
import { type Content, difference } from '../sides/netbox-side.ts'

/** The tag that says whose NetBox this is stays for ever. */
export const withoutIdentity = (content: Content): Content =>
  Object.fromEntries(
    Object.entries(content).map(([table, rows]) => [
      table,
      table.startsWith('extras') && table.includes('tag')
        ? rows.filter((row) => !row.includes('"proxbox-i1"'))
        : rows
    ])
  )

async function undo(session: Session, run: StoredRun): Promise<StoredRun> {
  return await session.apply(await session.planUndo(run))
}

const changesOf = (run: StoredRun): Change[] =>
  [...run.applied.values()].filter(({ state }) => state === 'done').map(({ change }) => change)

/** @throws Error with what undoing has left or lost */
async function mustBeBack(session: Session, run: StoredRun, was: Content): Promise<void> {
  const deleted = changesOf(run).filter(({ action }) => action === 'delete')
  await undo(session, run)
  if (deleted.length > 0) {
    await mustHoldAgain(session, deleted)
    return
  }
  const now = withoutIdentity(await session.netbox.exportCanonical())
  const differs = difference(withoutIdentity(was), now)
  if (differs !== '') throw new Error(`before (-) and after undo (+):\n${differs}`)
}

/** What was deleted is made again with the fields that we held. */
async function mustHoldAgain(session: Session, deleted: readonly Change[]): Promise<void> {
  const items = await session.netbox.read(['disk', 'mac-address'])
  const text = (value: unknown) => JSON.stringify(value ?? null)
  for (const { kind, key, before } of deleted) {
    const names = ['name', 'size', 'description', 'mac_address']
    const isBack = items.some(
      (item) =>
        item.kind === kind && names.every((name) => text(item.fields[name]) === text(before[name]))
    )
    if (!isBack) throw new Error(`${key} was deleted and is not made again`)
  }
}

/** A person writes into some objects of the Run between it and its undo. */
async function handsIn(session: Session, run: StoredRun, one: Case): Promise<Map<string, string>> {
  const random = randomsFrom(one.faults)
  const written = new Map<string, string>()
  const kinds = ['vm', 'device', 'cluster', 'vm-interface', 'ip-address']
  for (const { change, netbox_id } of run.applied.values()) {
    if (!kinds.includes(change.kind) || change.action === 'delete' || random() < 0.6) continue
    await session.netbox.update(change.kind, [
      { id: netbox_id ?? 0, fields: { description: 'by hand' } }
    ])
    written.set(`netbox:${change.kind}/${netbox_id}`, change.key)
  }
  return written
}

async function handsSurvive(one: Case, bench: Bench): Promise<void> {
  const [, after] = await estatesOf(one)
  const session = await bench.session(one.version)
  const run = await session.apply(await session.plan(after))
  const written = await handsIn(session, run, one)
  const plan = await session.planUndo(run)
  await session.apply(plan)
  const items = await session.netbox.read(['vm', 'device', 'cluster', 'vm-interface', 'ip-address'])
  const now = new Map(items.map((item) => [item.key, item.fields.description]))
  for (const [place, key] of written) {
    if (now.get(place) !== 'by hand') throw new Error(`${key}: ${now.get(place) ?? 'gone'}`)
    if (!plan.notices.some((notice) => notice.key === key))
      throw new Error(`${key} stays and is not named`)
  }
}

/** A Run taken back leaves NetBox as it was; what a person did since stays and is named. */
export const undoTakesBack: Law = {
  name: 'Undo takes back',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const session = await bench.session(one.version)
    const empty = await session.netbox.exportCanonical()
    await session.foresee(before)
    const first = await session.apply(await session.plan(before))
    const was = await session.netbox.exportCanonical()
    await session.foresee(after)
    const second = await session.apply(await session.plan(after))
    await mustBeBack(session, second, was)
    if (changesOf(second).every(({ action }) => action !== 'delete'))
      await mustBeBack(session, first, empty)
    await handsSurvive(one, bench)
  }
}
