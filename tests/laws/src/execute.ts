import {
  type Change,
  type Fields,
  type FieldValue,
  isRef,
  netboxIdFrom,
  netboxKey,
  type Plan,
  type PlanStep
} from '@proxbox/contracts'
import type { Inventory } from './inventory.ts'
import type { Store } from './store.ts'

/** The process was killed. */
export class Killed extends Error {}

/** Called before and after each announcement, write and record; throws `Killed` to end it there. */
export type Tick = () => void

export interface Parts {
  readonly store: Store
  readonly inventory: Inventory
  readonly tick: Tick
  /** Entries of one step in some order, in some chunks: lanes promise no more. */
  readonly chunks: (entries: PlanStep['entries']) => readonly PlanStep['entries'][]
}

interface Sending {
  readonly change: Change
  readonly id: number | null
  readonly fields: Fields
  readonly mac: Change | undefined
}

/** Sends a Plan as the collector does, without its sockets: announce, write, record, chunk by chunk. */
export function execute(plan: Plan, parts: Parts): void {
  const { inventory, tick } = parts
  tick()
  inventory.adopt(plan.adoptions)
  const places = placesOf(plan, inventory)
  const changes = new Map(plan.changes.map((change) => [change.key, change]))
  for (const step of plan.steps) {
    for (const entries of parts.chunks(step.entries)) {
      const sendings = entries.map((entry) => sendingOf(step, entry, { changes, places }))
      const announced = sendings.flatMap(({ change, mac }) => (mac ? [change, mac] : [change]))
      tick()
      inventory.announce(announced)
      tick()
      const outcomes = write(step, sendings, parts.store)
      tick()
      for (const { change, id } of outcomes) {
        inventory.record(change, id)
        places.set(change.key, netboxKey(change.kind, id))
      }
      tick()
    }
  }
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

function sendingOf(
  step: PlanStep,
  entry: PlanStep['entries'][number],
  known: { changes: ReadonlyMap<string, Change>; places: ReadonlyMap<string, string> }
): Sending {
  const whole = known.changes.get(entry.key)
  if (whole === undefined) throw new Error(`a step for ${entry.key} without Change`)
  const values = { ...whole.after, ...entry.values }
  const after = Object.fromEntries(entry.fields.map((field) => [field, values[field] ?? null]))
  const id = whole.netbox_id ?? netboxIdFrom(known.places.get(entry.key) ?? '') ?? null
  const resolved = (value: FieldValue): FieldValue => {
    if (Array.isArray(value)) return value.map(resolved)
    if (!isRef(value) || netboxIdFrom(value.ref) !== undefined) return value
    const place = known.places.get(value.ref)
    if (place === undefined) throw new Error(`${entry.key} refers to ${value.ref}: not made yet`)
    return { ref: place }
  }
  const fields = Object.fromEntries(
    Object.entries(after).map(([field, value]) => [field, resolved(value)])
  )
  const mac = entry.with_mac === undefined ? undefined : known.changes.get(entry.with_mac)
  return { change: { ...whole, action: step.action, after }, id, fields, mac }
}

function write(step: PlanStep, sendings: readonly Sending[], store: Store) {
  const idOf = ({ id, change }: Sending) => {
    if (id === null) throw new Error(`${change.key} has no id`)
    return id
  }
  if (step.action === 'delete') {
    store.delete(step.kind, sendings.map(idOf))
    return sendings.map((one) => ({ change: one.change, id: idOf(one) }))
  }
  if (step.action === 'update') {
    store.update(
      step.kind,
      sendings.map((one) => ({ id: idOf(one), fields: one.fields }))
    )
    return sendings.map((one) => ({ change: one.change, id: idOf(one) }))
  }
  const made = store.create(
    step.kind,
    sendings.map(({ fields, mac }) => {
      const address = mac?.after.mac_address
      return typeof address === 'string' ? { fields, mac: address } : { fields }
    })
  )
  return sendings.flatMap(({ change, mac }, index) => {
    const object = made[index]
    if (object === undefined) throw new Error(`${change.key} was not made`)
    const primary = object.fields.primary_mac_address
    const id = isRef(primary) ? netboxIdFrom(primary.ref) : undefined
    const one = { change, id: object.netbox_id }
    return mac === undefined || id === undefined ? [one] : [one, { change: mac, id }]
  })
}
