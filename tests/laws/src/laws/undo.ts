import type { Change, CurrentItem, FieldValue } from '@proxbox/contracts'
import type { Bench } from '../bench.ts'
import { type Case, estatesOf, randomsFrom } from '../cases.ts'
import type { StoredRun } from '../inventory.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'
import { type Content, difference } from '../sides/netbox-side.ts'
import { edited, fieldsOf, pick, type Random, stormy, type Tables, textOf } from '../storm/edits.ts'

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

/** What was deleted is there again too, with all that it held. @throws Error with what undoing has left or lost */
async function mustBeBack(session: Session, run: StoredRun, was: Content): Promise<void> {
  await undo(session, run)
  const now = withoutIdentity(await session.netbox.exportCanonical())
  const differs = difference(withoutIdentity(was), now)
  if (differs !== '') throw new Error(`before (-) and after undo (+):\n${differs}`)
}

/** What a person wrote into one field of an object that the Run has written. */
interface Edit {
  readonly key: string
  readonly field: string
  readonly value: FieldValue
  /** Of a set: what the person has put there. */
  readonly added: readonly string[]
}

const elementsOf = (value: FieldValue | undefined): string[] =>
  Array.isArray(value) ? value.map((one: FieldValue) => textOf(one)) : []

/** Pure: a value that a person might put into one field of an object, and does not stand there yet. */
function editOf(item: CurrentItem, tables: Tables, random: Random): Omit<Edit, 'key'> | undefined {
  const field = random() < 0.6 ? undefined : pick(fieldsOf(item), random)
  const value = field === undefined ? undefined : edited(item, field, { tables, random })
  if (field === undefined || value === undefined) return undefined
  const before = item.fields[field]
  const added = elementsOf(value).filter((text) => !elementsOf(before).includes(text))
  const isNews = Array.isArray(value) ? added.length > 0 : textOf(value) !== textOf(before)
  return isNews ? { field, value, added } : undefined
}

/** A person writes into some objects of the Run between it and its undo: any field, as far as NetBox takes it. */
async function handsIn(session: Session, run: StoredRun, one: Case): Promise<Map<string, Edit>> {
  const { netbox } = session
  const random = randomsFrom(one.faults)
  const edits = new Map<string, Edit>()
  const items = await netbox.read(stormy)
  const tables = Map.groupBy(items, ({ kind }) => kind)
  const byPlace = new Map(items.map((item) => [item.key, item]))
  for (const { change, netbox_id } of run.applied.values()) {
    const item = byPlace.get(`netbox:${change.kind}/${netbox_id}`)
    const edit = item === undefined ? undefined : editOf(item, tables, random)
    if (item === undefined || edit === undefined) continue
    const { key, kind, netbox_id: netboxId } = item
    const entry = { key, netboxId, label: edit.field, fields: { [edit.field]: edit.value } }
    const [result] = await netbox.write({ kind, action: 'update', entries: [entry] })
    // NetBox draws its own conclusions: a VM lies in the site of its cluster, whatever somebody says.
    const stands =
      result?.state === 'done' && textOf(result.stored[edit.field]) === textOf(edit.value)
    if (stands) edits.set(key, { ...edit, key: change.key })
  }
  return edits
}

function mustStand({ key, field, value, added }: Edit, now: FieldValue | undefined): void {
  const has = new Set(elementsOf(now))
  const stands = Array.isArray(value)
    ? added.every((text) => has.has(text))
    : textOf(now) === textOf(value)
  if (!stands) throw new Error(`${key}.${field}: ${textOf(value)} by hand, is ${textOf(now)}`)
}

async function handsSurvive(one: Case, bench: Bench): Promise<void> {
  const [, after] = await estatesOf(one)
  const session = await bench.session(one.version)
  const run = await session.apply(await session.plan(after))
  const edits = await handsIn(session, run, one)
  const plan = await session.planUndo(run)
  await session.apply(plan)
  const now = new Map((await session.netbox.read(stormy)).map((item) => [item.key, item.fields]))
  for (const [place, edit] of edits) {
    const fields = now.get(place)
    if (fields === undefined)
      throw new Error(`${edit.key} is gone: ${edit.field} was ${textOf(edit.value)} by hand`)
    mustStand(edit, fields[edit.field])
    if (!plan.notices.some((notice) => notice.key === edit.key))
      throw new Error(`${edit.key} stays and is not named`)
  }
}

/** A custom field of somebody else, which each new object fills by itself. */
async function foreignField({ netbox }: Session): Promise<void> {
  await netbox.call('POST', 'extras/custom-fields/', {
    name: 'asset_owner',
    type: 'text',
    default: 'ops',
    object_types: ['virtualization.virtualmachine', 'dcim.device', 'virtualization.cluster']
  })
}

/** A guest that was retired comes back with all that hung on it. */
async function retiredComesBack(one: Case, bench: Bench): Promise<void> {
  const [, seen] = await estatesOf(one)
  // Templates are not in NetBox.
  const [going, other] = seen.guests.filter(
    ({ template, config }) => template !== true && config?.template !== true
  )
  // Where anything is unread, nothing is retired, and an only one goes by the word of a person.
  const isWhole = seen.guestListWhole && seen.gaps.length === 0
  if (going === undefined || other === undefined || !isWhole) return
  const others = seen.guests.filter((guest) => guest !== going)
  const session = await bench.session(one.version, { endpoint: { missingPolicy: 'delete' } })
  await foreignField(session)
  await session.sync(seen)
  const poorer = { ...seen, guests: others }
  await session.sync(poorer)
  session.pass(8)
  const was = await session.netbox.exportCanonical()
  const run = await session.apply(await session.plan(poorer))
  if (!changesOf(run).some(({ kind, action }) => kind === 'vm' && action === 'delete'))
    throw new Error('no guest was retired')
  await mustBeBack(session, run, was)
}

/** A Run taken back leaves NetBox as it was; what a person did since stays and is named. */
export const undoTakesBack: Law = {
  name: 'Undo takes back',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const session = await bench.session(one.version)
    await foreignField(session)
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
    await retiredComesBack(one, bench)
  }
}
