import {
  type Change,
  type CurrentItem,
  type Fields,
  type FieldValue,
  isRef,
  labelAt,
  netboxIdFrom,
  netboxKey,
  type Outcome,
  type Plan,
  type PlanStep
} from '@proxbox/contracts'
import type { WriteEntry, WriteResult } from '@proxbox/netbox'
import { withoutMissing } from '@proxbox/reconcile'
import type { Inventory, StoredRun } from './inventory.ts'
import type { NetBoxSide } from './sides/netbox-side.ts'

/** The process was killed. */
export class Killed extends Error {}

/** Called before and after each announcement, write and record; throws `Killed` to end it there. */
export type Tick = () => void

export interface Parts {
  readonly netbox: NetBoxSide
  readonly inventory: Inventory
  readonly run: StoredRun
  readonly tick: Tick
  /** Entries of one step in some order, in some chunks: lanes promise no more. */
  readonly chunks: (entries: PlanStep['entries']) => readonly PlanStep['entries'][]
}

interface Sending {
  readonly change: Change
  readonly entry: WriteEntry
  readonly mac: Change | undefined
  /** What of it is not sent. */
  readonly rest: Outcome | undefined
}

interface Known {
  readonly changes: ReadonlyMap<string, Change>
  /** What NetBox deletes along with an object, by the key of that. */
  readonly goingWith: ReadonlyMap<string, readonly Change[]>
  readonly places: Map<string, string>
  /** Keys that this Run made: nobody else can have changed them yet. */
  readonly made: Set<string>
  /** Keys that have moved: nothing more is sent of them. */
  readonly moved: Set<string>
}

/**
 * Sends a Plan as the collector does: re-read and leave out what moved, announce, write, record, chunk by chunk. What
 * refers to what was refused is left out too, as a whole where it cannot do without.
 */
export async function execute(plan: Plan, parts: Parts): Promise<void> {
  const { inventory, run, tick } = parts
  tick()
  inventory.adopt(plan.adoptions)
  inventory.conflicts = plan.conflicts
  run.held.push(...plan.held)
  const changes = new Map(plan.changes.map((change) => [change.key, change]))
  const known: Known = {
    changes,
    goingWith: Map.groupBy(
      plan.changes.filter(({ goes_with }) => goes_with !== undefined),
      ({ goes_with }) => goes_with ?? ''
    ),
    places: placesOf(plan, inventory),
    made: new Set(),
    moved: new Set()
  }
  for (const step of plan.steps) {
    for (const entries of parts.chunks(step.entries)) await sendChunk(step, entries, known, parts)
  }
}

async function sendChunk(
  step: PlanStep,
  entries: PlanStep['entries'],
  known: Known,
  parts: Parts
): Promise<void> {
  const { inventory, netbox, run, tick } = parts
  const sendings: Sending[] = []
  const leftOut: Outcome[] = []
  for (const entry of entries) {
    if (known.moved.has(entry.key)) continue
    const sending = sendingOf(step, entry, known)
    if ('entry' in sending) sendings.push(sending)
    else leftOut.push(...sending)
  }
  for (const outcome of leftOut) inventory.record(run, outcome)
  const { still, moved } = await withoutMoved(step, sendings, known, netbox)
  for (const outcome of moved) {
    inventory.record(run, outcome)
    known.moved.add(outcome.change.key)
  }
  if (still.length === 0) return
  tick()
  const announced = still.flatMap(({ change, mac }) => (mac ? [change, mac] : [change]))
  inventory.announce([...announced, ...still.flatMap((one) => goneWith(one.change, known))])
  tick()
  const results = await netbox.write({
    kind: step.kind,
    action: step.action,
    entries: still.map(({ entry }) => entry)
  })
  tick()
  const sent = new Map(still.map((one) => [one.change.key, one]))
  for (const result of results) {
    const sending = sent.get(result.key)
    if (sending === undefined) throw new Error(`${result.key} was not sent`)
    for (const outcome of outcomesOf(sending, result, known)) {
      inventory.record(run, outcome)
      remember(outcome, known)
    }
  }
  tick()
}

function placesOf(plan: Plan, inventory: Inventory): Map<string, string> {
  const places = new Map<string, string>()
  for (const row of inventory.ledger.values()) {
    places.set(row.key, netboxKey(row.kind, row.netbox_id))
  }
  for (const { key, kind, action, netbox_id } of plan.changes) {
    if (action === 'create') places.delete(key)
    else if (netbox_id !== null) places.set(key, netboxKey(kind, netbox_id))
  }
  return places
}

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.flatMap((name) => (name in fields ? [[name, fields[name] ?? null]] : []))
  )

/** What to send, or what becomes of all that it would have brought; nothing for late fields of what was not made. */
function sendingOf(
  step: PlanStep,
  entry: PlanStep['entries'][number],
  { changes, places }: Known
): Sending | readonly Outcome[] {
  const whole = changes.get(entry.key)
  if (whole === undefined) throw new Error(`a step for ${entry.key} without Change`)
  const id = whole.netbox_id ?? netboxIdFrom(places.get(entry.key) ?? '') ?? null
  const after = { ...pick(whole.after, entry.fields), ...entry.values }
  const change: Change = {
    ...whole,
    action: step.action,
    label: labelAt(whole, after, entry.before),
    netbox_id: id,
    // Of what is deleted the whole image is kept: an undo makes it again.
    before:
      step.action === 'delete'
        ? whole.before
        : { ...pick(whole.before, entry.fields), ...entry.before },
    after
  }
  if (step.action !== 'create' && id === null && whole.action === 'create') return []
  const { sent, rest } = parted(change, places)
  const mac = entry.with_mac === undefined ? undefined : changes.get(entry.with_mac)
  if (sent === undefined) return mac === undefined ? [rest] : [rest, withoutInterface(mac)]
  const address = mac?.after.mac_address
  const fields = Object.entries(sent.after).map(([field, value]) => [field, placed(value, places)])
  return {
    change: sent,
    mac,
    rest,
    entry: {
      key: entry.key,
      netboxId: id,
      label: whole.label,
      fields: step.action === 'delete' ? {} : Object.fromEntries(fields),
      ...(mac === undefined || typeof address !== 'string'
        ? {}
        : { mac: { key: mac.key, address } })
    }
  }
}

type Places = ReadonlyMap<string, string>

/** A value with NetBox's ids. */
function placed(value: FieldValue, places: Places): FieldValue {
  if (Array.isArray(value)) return value.map((one: FieldValue) => placed(one, places))
  return isRef(value) ? { ref: places.get(value.ref) ?? value.ref } : value
}

type Parted =
  | { readonly sent: Change; readonly rest: Outcome | undefined }
  | { readonly sent: undefined; readonly rest: Outcome }

/** What is sent of a Change, and what becomes of what refers to what is not there. */
function parted(change: Change, places: Places): Parted {
  const refs = Object.values(change.after).flat().filter(isRef)
  const missing = new Set(
    refs.flatMap(({ ref }) => (netboxIdFrom(ref) === undefined && !places.has(ref) ? [ref] : []))
  )
  const [first] = missing
  if (first === undefined) return { sent: change, rest: undefined }
  const { sent, rest } = withoutMissing(change, (key) => missing.has(key))
  const detail = `it refers to ${first}, which is not in NetBox`
  return { sent, rest: { change: rest, state: 'skipped', netbox_id: change.netbox_id, detail } }
}

const withoutInterface = (mac: Change): Outcome => ({
  change: mac,
  state: 'skipped',
  netbox_id: null,
  detail: 'its interface was not made'
})

async function withoutMoved(
  step: PlanStep,
  sendings: readonly Sending[],
  { places, made }: Known,
  netbox: NetBoxSide
): Promise<{ still: readonly Sending[]; moved: Outcome[] }> {
  const foreign =
    step.action === 'create' ? [] : sendings.filter(({ change }) => !made.has(change.key))
  if (foreign.length === 0) return { still: sendings, moved: [] }
  const ids = foreign.flatMap(({ entry }) => entry.netboxId ?? [])
  const now = new Map((await netbox.readById(step.kind, ids)).map((item) => [item.netbox_id, item]))
  const gone = new Set(
    foreign.filter(({ change, entry }) => hasMoved(change, now.get(entry.netboxId ?? 0), places))
  )
  const moved = [...gone].map(
    ({ change }): Outcome => ({ change, state: 'moved', netbox_id: change.netbox_id, detail: '' })
  )
  return { still: sendings.filter((one) => !gone.has(one)), moved }
}

function hasMoved(
  change: Change,
  now: CurrentItem | undefined,
  places: ReadonlyMap<string, string>
): boolean {
  if (now === undefined) return true
  if (change.action === 'delete') return false
  const text = (value: FieldValue): string => {
    if (value === null || value === '') return ''
    if (Array.isArray(value)) return value.map(text).sort().join('\n')
    if (isRef(value)) return places.get(value.ref) ?? value.ref
    return String(value).trim()
  }
  return Object.entries(change.before).some(
    ([field, before]) => text(before) !== text(now.fields[field] ?? null)
  )
}

const goneWith = ({ key, action }: Change, { goingWith }: Known): readonly Change[] =>
  action === 'delete' ? (goingWith.get(key) ?? []) : []

function outcomesOf({ change, mac, rest }: Sending, result: WriteResult, known: Known): Outcome[] {
  if (result.state === 'refused') {
    const { detail } = result
    const refused: Outcome = { change, state: 'refused', netbox_id: change.netbox_id, detail }
    if (mac === undefined) return [refused]
    return [refused, withoutInterface(mac)]
  }
  const done = (one: Change, id: number): Outcome => ({
    change: { ...one, netbox_id: id },
    state: 'done',
    netbox_id: id,
    detail: ''
  })
  const left = rest === undefined ? [] : [rest]
  if (mac === undefined || result.mac === undefined)
    return [
      done(change, result.netboxId),
      ...left,
      ...goneWith(change, known).map((one) => done(one, one.netbox_id ?? 0))
    ]
  // NetBox makes the MAC that came along the primary one.
  const after: Fields = { ...change.after, primary_mac_address: { ref: mac.key } }
  return [done({ ...change, after }, result.netboxId), ...left, done(mac, result.mac.netboxId)]
}

function remember({ change, state, netbox_id }: Outcome, { places, made }: Known): void {
  if (state !== 'done' || netbox_id === null) return
  if (change.action === 'delete') places.delete(change.key)
  else places.set(change.key, netboxKey(change.kind, netbox_id))
  if (change.action === 'create') made.add(change.key)
}
