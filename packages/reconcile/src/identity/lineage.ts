import {
  type Adoption,
  type Conflict,
  type CurrentItem,
  type DecisionRule,
  type Estate,
  type Intent,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import { isTemplate } from '../desired/is-template.ts'
import { guestKey, guestOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import { decisionsFrom } from './conflicts.ts'
import { goneRows, type Living, type Presence, presenceIn } from './gone.ts'
import { isAnother } from './is-another.ts'
import { type Pairing, pairings } from './rebuilt.ts'
import { disputedIn, givenKey, isReplaced, rekeyed, replacedKey } from './rekey.ts'

export interface LineageInput {
  readonly estate: Estate
  readonly options: DesiredOptions
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  readonly decisions: readonly DecisionRule[]
}

/** What became of guests since the Ledger was written, and the Ledger under the keys that they have now. */
export interface Lineage {
  readonly ledger: readonly LedgerRow[]
  readonly presence: Presence
  /** What the Ledger must learn of rows that have another key now. */
  readonly adoptions: readonly Adoption[]
  /** Guests that look like one which is gone, and nobody decided: these wait. */
  readonly conflicts: readonly Conflict[]
  /** New key → key under which the object was kept until now. */
  readonly former: ReadonlyMap<string, string>
}

const livingIn = ({ estate, options }: LineageInput): readonly Living[] =>
  estate.clusters.flatMap(({ clusterId, name, guests }) =>
    guests
      .filter((guest) => options.settings.templates === 'include' || !isTemplate(guest))
      .map((guest) => ({
        key: guestKey(clusterId, guest.type, guest.vmid),
        clusterId,
        cluster: name,
        guest
      }))
  )

/**
 * Pure: of several rows about one object the right one. A guest that was followed has left its row: that of the living
 * one counts. A guest whose VMID another has now has a row under its own key: that one counts.
 */
function withoutLeftovers(ledger: readonly LedgerRow[], living: ReadonlySet<string>): LedgerRow[] {
  const placeOf = (row: LedgerRow) => netboxKey(row.kind, row.netbox_id)
  const disputed = disputedIn(ledger)
  if (disputed.size === 0) return [...ledger]
  const tellers = new Map<string, Set<string>>()
  for (const row of ledger) {
    const guest = disputed.has(placeOf(row)) ? guestOf(row.key) : undefined
    if (guest === undefined) continue
    const known = tellers.get(placeOf(row))
    if (known === undefined) tellers.set(placeOf(row), new Set([guest]))
    else known.add(guest)
  }
  return ledger.filter((row) => {
    const all = tellers.get(placeOf(row))
    return all === undefined || rightOf(all, living).has(guestOf(row.key) ?? '')
  })
}

/** Pure: of several guests that are said to be one object those that may be. */
function rightOf(all: ReadonlySet<string>, living: ReadonlySet<string>): ReadonlySet<string> {
  if (all.size < 2) return all
  const replaced = new Set([...all].filter(isReplaced).map(givenKey))
  const left = [...all].filter((guest) => !replaced.has(guest))
  const there = left.filter((guest) => living.has(guest))
  return new Set(there.length > 0 ? there : left)
}

/** Pure: guests whose VMID another guest has now, under a key that tells them apart. */
function replacedGuests(
  rows: ReadonlyMap<string, LedgerRow>,
  living: readonly Living[]
): ReadonlyMap<string, string> {
  return new Map(
    living.flatMap(({ key, guest }) => {
      const row = rows.get(key)
      const isNew = row?.kind === 'vm' && isAnother(row, guest)
      return isNew ? [[key, replacedKey(key, row.netbox_id)] as const] : []
    })
  )
}

const learned = (row: LedgerRow, by: string): Adoption => ({
  key: row.key,
  kind: row.kind,
  netbox_id: row.netbox_id,
  origin: row.origin,
  evidence_of_match: by,
  values: row.last_written,
  evidence: row.evidence,
  label: row.label,
  missing_since: row.first_missing_at,
  ...(row.kept === undefined ? {} : { kept: row.kept }),
  ...(row.drifts === undefined ? {} : { drifts: row.drifts })
})

/** Pure: guests that may be followed: gone, and their object is there. */
function predecessors(
  { current }: LineageInput,
  ledger: readonly LedgerRow[],
  presence: Presence
): readonly LedgerRow[] {
  const objects = new Set(current.filter(({ kind }) => kind === 'vm').map(({ key }) => key))
  return goneRows(ledger, 'vm', presence).filter((row) =>
    objects.has(netboxKey('vm', row.netbox_id))
  )
}

/** Pure: guests of the Estate that nothing in Ledger or NetBox tells of. */
function newGuests(
  input: LineageInput,
  living: readonly Living[],
  rows: ReadonlySet<string>
): readonly Living[] {
  const announced = new Set(
    input.intents.filter(({ action }) => action === 'create').map(({ key }) => key)
  )
  const kept = new Set(input.ledger.map((row) => netboxKey(row.kind, row.netbox_id)))
  const mark = (vmid: unknown, label: string): string =>
    `${String(vmid ?? '')}|${label.toLowerCase()}`
  const marked = new Set(
    input.current
      .filter((one) => one.kind === 'vm' && !kept.has(one.key))
      .map(({ fields }) =>
        mark(fields['cf.proxmox_vm_id'], String(fields['cf.proxmox_cluster'] ?? ''))
      )
  )
  // Without a label it may be of any cluster; with one it is of that cluster alone.
  const isMarked = ({ clusterId, cluster, guest: { vmid } }: Living): boolean =>
    ['', cluster, `${cluster} (${clusterId})`].some((label) => marked.has(mark(vmid, label)))
  return living.filter(
    (one) =>
      !rows.has(one.key) &&
      !announced.has(one.key) &&
      !isMarked(one) &&
      (input.options.vmKeys?.has(one.key) ?? true)
  )
}

/**
 * Pure: guests that have another identity than their key tells: a VMID that was given to a new guest (its rows go under a
 * key of their own), and a guest that was built again under another VMID, which takes over its predecessor's rows where
 * policy or a decision says so. What was not read changes nothing.
 */
export function lineageOf(input: LineageInput): Lineage {
  const presence = presenceIn(input.estate)
  const living = livingIn(input)
  const known = withoutLeftovers(input.ledger, presence.living)
  const rows = new Map(known.map((row) => [row.key, row]))
  const replaced = rekeyed(known, replacedGuests(rows, living))
  const keys = new Set(replaced.rows.map(({ key }) => key))
  const given = new Set(
    replaced.rows.flatMap(({ key, kind }) =>
      kind === 'vm' && isReplaced(key) ? givenKey(key) : []
    )
  )
  const found: Pairing = pairings({
    // That a VMID was given to a new guest is certain: it is nobody built again.
    fresh: newGuests(input, living, keys).filter(({ key }) => !given.has(key)),
    gone: predecessors(input, replaced.rows, presence),
    follow: input.options.endpoint.rebuiltPolicy === 'follow',
    decisions: decisionsFrom(input.decisions)
  })
  const followed = rekeyed(replaced.rows, found.follows)
  return {
    ledger: followed.rows,
    presence,
    adoptions: [
      ...replaced.moved.map((row) => learned(row, 'ledger')),
      ...followed.moved.map((row) => learned(row, 'rebuilt'))
    ],
    conflicts: found.conflicts,
    former: new Map([...found.follows].map(([from, to]) => [to, from]))
  }
}
