import {
  type Change,
  type Fields,
  type FieldValue,
  fieldSpec,
  isRef,
  type LedgerRow,
  netboxKey,
  type Plan
} from '@proxbox/contracts'
import type { WriteBatch } from '@proxbox/netbox'
import { estatesOf, randomsFrom } from '../cases.ts'
import type { Law } from '../law.ts'
import { onlyPlanned } from '../only-planned.ts'
import { Session } from '../session.ts'
import { altered, type NetBoxSide } from '../sides/netbox-side.ts'

/** A NetBox that remembers what was sent to it. */
function listening(netbox: NetBoxSide): { netbox: NetBoxSide; sent: WriteBatch[] } {
  const sent: WriteBatch[] = []
  const write = async (batch: WriteBatch) => {
    sent.push(batch)
    return await netbox.write(batch)
  }
  return { sent, netbox: altered(netbox, { write }) }
}

/** Edits by hand that move some planned Items: what they were planned on is no longer there. */
const edits: Partial<Record<string, (value: FieldValue) => FieldValue>> = {
  memory: () => 31,
  name: (value) => `hand ${String(value).slice(0, 40)}`,
  comments: () => 'by hand',
  description: () => 'by hand',
  vcpus: () => 77,
  size: () => 31
}

async function editPlanned(
  plan: Plan,
  session: Session,
  random: () => number
): Promise<Set<string>> {
  const moved = new Set<string>()
  for (const change of plan.changes) {
    const field = Object.keys(change.after).find((name) => name in edits)
    if (change.action !== 'update' || field === undefined || random() < 0.5) continue
    const value = edits[field]?.(change.before[field] ?? null) ?? null
    await session.netbox.update(change.kind, [
      { id: change.netbox_id ?? 0, fields: { [field]: value } }
    ])
    moved.add(change.key)
  }
  return moved
}

/** Under which key NetBox has what a Plan names. */
type Resolve = (ref: string) => string

/** Does the value that was sent say what the Plan shows? References travel as ids, and sets in any order. */
function says(
  sent: FieldValue | undefined,
  planned: FieldValue | undefined,
  resolve: Resolve
): boolean {
  const text = (value: FieldValue | undefined): string => {
    if (Array.isArray(value)) return JSON.stringify(value.map(text).sort())
    return isRef(value) ? resolve(value.ref) : JSON.stringify(value ?? null)
  }
  return text(sent) === text(planned)
}

/** @param ledgers once all is written, and before it: what went with the Run was there then */
const placesIn =
  (...ledgers: readonly ReadonlyMap<string, LedgerRow>[]): Resolve =>
  (ref) => {
    const row = ledgers.map((one) => one.get(ref)).find((one) => one !== undefined)
    return row === undefined ? ref : netboxKey(row.kind, row.netbox_id)
  }

/** All fields that were sent, by key. @throws Error that names what was sent and is not in the Plan */
function fieldsOf(plan: Plan, sent: readonly WriteBatch[], { moved, resolve }: Sending) {
  const changes = new Map(plan.changes.map((change) => [change.key, change]))
  const fields = new Map<string, Fields>()
  const add = (key: string, more: Fields) => fields.set(key, { ...fields.get(key), ...more })
  for (const { entries, action } of sent) {
    for (const { key, fields: some, mac } of entries) {
      const change = changes.get(key)
      if (change === undefined) throw new Error(`${key} was sent and is not in the Plan`)
      if (moved.has(key)) throw new Error(`${key} had moved and was sent`)
      mustBePlanned({ change, sent: some, action }, plan, resolve)
      add(key, some)
      if (mac === undefined) continue
      add(mac.key, { mac_address: mac.address })
      add(key, { primary_mac_address: { ref: mac.key } })
    }
  }
  return fields
}

interface Sending {
  readonly resolve: Resolve
  readonly moved: ReadonlySet<string>
  /** NetBox refused a first step of these (the name of what moved is not free): their late fields are not sent. */
  readonly refused: ReadonlySet<string>
}

/** @throws Error that names what was sent and is not in the Plan, or the other way round */
function mustBeThePlan(plan: Plan, sent: readonly WriteBatch[], sending: Sending): void {
  const { moved, refused } = sending
  const fields = fieldsOf(plan, sent, sending)
  for (const { key, kind, action, after } of plan.changes) {
    if (moved.has(key)) continue
    const all = fields.get(key)
    if (all === undefined) throw new Error(`${key} is planned and was not sent`)
    if (action === 'delete' || kind === 'mac-address') continue
    const left = Object.keys(after).filter((name) => !(name in all))
    const isLate = (name: string) => refused.has(key) && fieldSpec(kind, name)?.late === true
    if (!left.every(isLate)) throw new Error(`${key}: ${left.join(', ')} planned and not sent`)
  }
}

interface Sent {
  readonly change: Change
  readonly sent: Fields
  readonly action: Change['action']
}

function mustBePlanned({ change, sent, action }: Sent, plan: Plan, resolve: Resolve): void {
  const steps = plan.steps
    .filter((step) => step.action === action)
    .flatMap((step) => step.entries.filter(({ key }) => key === change.key))
  for (const [name, value] of Object.entries(sent)) {
    const planned = steps.map((entry) => ({ ...change.after, ...entry.values })[name])
    if (!planned.some((one) => says(value, one, resolve)))
      throw new Error(`${change.key}.${name}: ${JSON.stringify(value)} was sent, not in the Plan`)
  }
}

/** What is sent is what the Plan shows; what moved on either side since is left out and named. */
export const samePlanSameWrites: Law = {
  name: 'Same plan, same writes',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const start = await bench.session(one.version)
    await start.sync(before)
    await start.foresee(after)
    const { netbox, sent } = listening(start.netbox)
    const session = new Session(netbox, { ...start.options, inventory: start.inventory })
    session.now = start.now
    const random = randomsFrom(one.faults)
    const plan = await session.plan(after)
    const moved = await editPlanned(plan, session, random)
    const back = await session.save()
    const then = new Map(session.inventory.ledger)
    sent.length = 0
    const run = await session.apply(plan, () => {}, random)
    const refused = new Set(
      [...run.applied].flatMap(([key, { state }]) => (state === 'refused' ? [key] : []))
    )
    const resolve = placesIn(session.inventory.ledger, then)
    mustBeThePlan(plan, sent, { resolve, moved: movedWith(plan, moved, run.applied), refused })
    for (const key of moved) {
      const state = run.applied.get(key)?.state
      if (state !== 'moved') throw new Error(`${key} had moved and is told as ${state}`)
    }
    await back()
    sent.length = 0
    const now = await session.plan(before)
    const kept = onlyPlanned(plan.changes, now, session.netbox.version)
    await session.apply(kept.plan)
    const places = placesIn(session.inventory.ledger, then)
    mustBeThePlan(kept.plan, sent, { resolve: places, moved: new Set(), refused: new Set() })
    const told = new Set([...kept.moved, ...kept.plan.changes.map(({ key }) => key)])
    for (const { key } of plan.changes)
      if (!told.has(key)) throw new Error(`${key} was left out and is not named`)
  }
}

/** What needs something that moved is left out with it, and told as skipped. */
function movedWith(
  plan: Plan,
  moved: ReadonlySet<string>,
  applied: ReadonlyMap<string, { state: string }>
): Set<string> {
  const all = new Set(moved)
  if (moved.size === 0) return all
  for (const { key } of plan.changes) {
    if (applied.get(key)?.state === 'skipped') all.add(key)
  }
  return all
}
