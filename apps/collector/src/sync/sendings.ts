import {
  type Change,
  type FieldValue,
  isRef,
  netboxIdFrom,
  type Outcome,
  type PlanStep
} from '@proxbox/contracts'
import type { WriteEntry } from '@proxbox/netbox'
import { sentChange } from './intents.ts'
import type { Places } from './places.ts'

/** One object on its way: the Change with only the fields that this step sends. */
export interface Sending {
  readonly change: Change
  readonly entry: WriteEntry
  readonly mac: Change | undefined
}

interface SendingParts {
  readonly changes: ReadonlyMap<string, Change>
  readonly places: Places
}

/**
 * What to send, or what becomes of all that it would have brought and cannot be sent: nothing to tell of late fields of
 * an object whose creation failed and was told.
 */
export function sendingFrom(
  step: PlanStep,
  planned: PlanStep['entries'][number],
  parts: SendingParts
): Sending | readonly Outcome[] {
  const { whole, change } = sentChange(step, planned, parts.changes)
  const netboxId = change.netbox_id ?? netboxIdFrom(parts.places.get(planned.key) ?? '') ?? null
  if (step.action !== 'create' && netboxId === null) {
    if (whole.action === 'create') return []
    return [{ change, state: 'skipped', netbox_id: null, detail: 'it is not in NetBox' }]
  }
  const missing: string[] = []
  const fields = Object.fromEntries(
    Object.entries(change.after).map(([name, value]) => [
      name,
      resolved(value, parts.places, missing)
    ])
  )
  const mac = planned.with_mac === undefined ? undefined : parts.changes.get(planned.with_mac)
  if (missing.length > 0) {
    const detail = `it refers to ${nameOf(missing[0], parts)}, which is not in NetBox`
    const skipped: Outcome = { change, state: 'skipped', netbox_id: netboxId, detail }
    return mac === undefined ? [skipped] : [skipped, withoutInterface(mac)]
  }
  const address = mac?.after.mac_address
  const entry: WriteEntry = {
    key: planned.key,
    netboxId,
    label: whole.label,
    fields: step.action === 'delete' ? {} : fields,
    ...(mac === undefined || typeof address !== 'string' ? {} : { mac: { key: mac.key, address } })
  }
  return { change: { ...change, netbox_id: netboxId }, entry, mac }
}

/** A MAC that was to come with an interface that is not made. */
export const withoutInterface = (mac: Change): Outcome => ({
  change: mac,
  state: 'skipped',
  netbox_id: null,
  detail: 'its interface was not made'
})

function nameOf(key: string | undefined, { changes }: SendingParts): string {
  const change = changes.get(key ?? '')
  return change === undefined ? String(key) : `${change.kind} ${change.label}`
}

function resolved(value: FieldValue, places: Places, missing: string[]): FieldValue {
  if (Array.isArray(value)) return value.map((one: FieldValue) => resolved(one, places, missing))
  if (!isRef(value)) return value
  if (netboxIdFrom(value.ref) !== undefined) return value
  const place = places.get(value.ref)
  if (place === undefined) {
    missing.push(value.ref)
    return value
  }
  return { ref: place }
}
