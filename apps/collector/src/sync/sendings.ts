import {
  type Change,
  type Fields,
  type FieldValue,
  isRef,
  netboxIdFrom,
  type Outcome,
  type PlanStep
} from '@proxbox/contracts'
import type { WriteEntry } from '@proxbox/netbox'
import { withoutMissing } from '@proxbox/reconcile'
import { sentChange } from './intents.ts'
import type { Places } from './places.ts'

/** One object on its way: the Change with only the fields that this step sends. */
export interface Sending {
  readonly change: Change
  readonly entry: WriteEntry
  readonly mac: Change | undefined
  /** What of it is not sent, because it refers to what is not there; undefined: nothing. */
  readonly rest: Outcome | undefined
}

interface SendingParts {
  readonly changes: ReadonlyMap<string, Change>
  readonly places: Places
}

/**
 * What to send, or what becomes of all that it would have brought and cannot be sent: nothing to tell of late fields of
 * an object whose creation failed and was told. Without what was refused earlier in this Run an object goes as the next
 * Run would send it: without a platform or a tag, but not without its cluster.
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
  const mac = planned.with_mac === undefined ? undefined : parts.changes.get(planned.with_mac)
  const { sent, rest } = parted({ ...change, netbox_id: netboxId }, parts)
  if (sent === undefined) return mac === undefined ? [rest] : [rest, withoutInterface(mac)]
  const address = mac?.after.mac_address
  const entry: WriteEntry = {
    key: planned.key,
    netboxId,
    label: whole.label,
    fields: step.action === 'delete' ? {} : resolvedFields(sent, parts.places),
    ...(mac === undefined || typeof address !== 'string' ? {} : { mac: { key: mac.key, address } })
  }
  return { change: sent, entry, mac, rest }
}

/** A MAC that was to come with an interface that is not made. */
export const withoutInterface = (mac: Change): Outcome => ({
  change: mac,
  state: 'skipped',
  netbox_id: null,
  detail: 'its interface was not made'
})

function nameOf(key: string, { changes }: SendingParts): string {
  const change = changes.get(key)
  return change === undefined ? key : `${change.kind} ${change.label}`
}

type Parted =
  | { readonly sent: Change; readonly rest: Outcome | undefined }
  | { readonly sent: undefined; readonly rest: Outcome }

/** What is sent of a Change, and what becomes of the rest. */
function parted(change: Change, parts: SendingParts): Parted {
  const missing = missingIn(change, parts.places)
  const [first] = missing
  if (first === undefined) return { sent: change, rest: undefined }
  const { sent, rest } = withoutMissing(change, (key) => missing.has(key))
  const [key, field] = first
  const detail = `${field} refers to ${nameOf(key, parts)}, which is not in NetBox`
  return { sent, rest: { change: rest, state: 'skipped', netbox_id: change.netbox_id, detail } }
}

/** Keys of what a Change refers to and NetBox does not have, each with a field that does. */
const missingIn = ({ after }: Change, places: Places): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(after).flatMap(([field, value]) =>
      [value]
        .flat()
        .flatMap((one: FieldValue) => (isRef(one) ? [one.ref] : []))
        .filter((ref) => netboxIdFrom(ref) === undefined && !places.has(ref))
        .map((ref) => [ref, field] as const)
    )
  )

const resolvedFields = ({ after }: Change, places: Places): Fields =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, resolved(value, places)]))

function resolved(value: FieldValue, places: Places): FieldValue {
  if (Array.isArray(value)) return value.map((one: FieldValue) => resolved(one, places))
  return isRef(value) ? { ref: places.get(value.ref) ?? value.ref } : value
}
