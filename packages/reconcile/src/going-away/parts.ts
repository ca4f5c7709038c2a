import {
  type Adoption,
  type Change,
  type Guest,
  isRef,
  type LedgerRow,
  type Node
} from '@proxbox/contracts'
import { hostOf } from '../canonical.ts'
import { wantedBy } from '../desired/desired-items.ts'
import { isToldByConfig } from '../desired/evidence.ts'
import type { Gaps } from '../guards/gaps.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import { deviceKey, guestOf, interfaceOf, nodeOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'
import { deletion, objectOf } from './deletion.ts'
import { isOverdue } from './is-overdue.ts'
import type { Listed } from './listed.ts'
import { learnedOf } from './mark-stale.ts'
import { oursIn } from './translated-fields.ts'

const last = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
const noDisks = new Set(['cdrom', 'cloud-init', 'unused', 'passthrough', 'bind'])

/** Pure: does the configuration name the part, though no Item came of it (no size yet, an address that another has)? */
function guestNames({ config, interfaces }: Guest, row: LedgerRow): boolean {
  const slot = last(row.kind === 'mac-address' ? (interfaceOf(row.key) ?? '') : row.key)
  switch (row.kind) {
    case 'disk':
      return (
        config?.disks.some(
          (one) => one.slot === slot && !noDisks.has(one.media) && !one.sizeBytes
        ) ?? true
      )
    case 'mac-address':
      return config?.nics.some((one) => one.slot === slot && one.mac === undefined) ?? true
    case 'vm-interface':
      return config?.nics.some((one) => one.slot === slot) ?? true
    default: {
      const told = (interfaces ?? []).flatMap((one) => one.addresses.map(({ address }) => address))
      const set = (config?.nics ?? []).flatMap((one) => one.addresses)
      return [...told, ...set].some((one) => hostOf(one) === slot)
    }
  }
}

/**
 * Pure: was the list that would name this part of a guest read whole? Without its NIC an address needs no agent's word, nor
 * does one that only the configuration ever told.
 */
function guestListed(guest: Guest | undefined, row: LedgerRow, matching: Matching): boolean {
  if (guest?.config === undefined) return false
  if (row.kind !== 'ip-address') return true
  const isNicGone = !matching.desiredKeys.has(interfaceOf(row.key) ?? '')
  return guest.interfaces !== undefined || isNicGone || isToldByConfig(row.evidence)
}

function nodeNames({ interfaces = [] }: Node, row: LedgerRow): boolean {
  const name = last(row.key)
  return row.kind === 'ip-address'
    ? interfaces.some((one) => one.addresses.some((address) => hostOf(address) === name))
    : interfaces.some((one) => one.name === name || one.altNames.includes(name))
}

/** Pure: does a list that was read whole no longer name it? */
function isMissing(row: LedgerRow, listed: Listed, matching: Matching): boolean {
  const guestKey = guestOf(row.key)
  if (guestKey !== undefined) {
    const guest = listed.guests.get(guestKey)
    const isCompared = matching.desiredKeys.has(guestKey)
    return (
      guest !== undefined &&
      isCompared &&
      guestListed(guest, row, matching) &&
      !guestNames(guest, row)
    )
  }
  const id = nodeOf(row.key) ?? ''
  const node = listed.nodes.get(id)
  if (node?.interfaces === undefined || !matching.desiredKeys.has(deviceKey(id))) return false
  return node.interfaces.length > 0 && !nodeNames(node, row)
}

/** Pure: the address belongs to nobody from now on. */
function unassignment(row: LedgerRow, { current }: Matched, matching: Matching): Change {
  const at = current.fields.assigned_object
  const ref = isRef(at) ? at.ref : ''
  return {
    key: row.key,
    kind: row.kind,
    action: 'update',
    netbox_id: current.netbox_id,
    before: { assigned_object: { ref: oursIn(matching)(ref) } },
    after: { assigned_object: null },
    why: { assigned_object: { policy: 'merge', reason: 'missing for longer than the grace' } },
    label: current.label,
    origin: row.origin
  }
}

const atOnce = new Set(['disk', 'mac-address'])

export interface Left {
  readonly changes: readonly Change[]
  readonly adoptions: readonly Adoption[]
}

const none: LeftPart = { changes: [], adoptions: [] }

/** Pure: an interface or address: first known as missing, then unlinked or deleted if it is ours. */
function leavePatiently(
  row: LedgerRow,
  known: Matched,
  { settings, now }: DesiredOptions,
  { matching, addresses }: { matching: Matching; addresses: boolean }
): LeftPart {
  const since = row.first_missing_at
  const isNew = since === null || known.announced !== undefined
  const adoptions = isNew ? [learnedOf(row, known, since ?? now)] : []
  if (!isOverdue(since, settings.address_grace_days, now)) return { changes: [], adoptions }
  const expired = row.key
  if (row.origin !== 'created') return { changes: [], adoptions, expired }
  if (row.kind === 'ip-address') {
    const isLinked = isRef(known.current.fields.assigned_object)
    return { changes: isLinked ? [unassignment(row, known, matching)] : [], adoptions, expired }
  }
  // What hangs on an interface goes with it, so all addresses must have been read.
  return { changes: addresses ? [deletion(row, known, matching)] : [], adoptions, expired }
}

interface LeftPart extends Left {
  /** Its key, where its grace is over. */
  readonly expired?: string
}

/**
 * Pure: what living guests and nodes no longer have. Our disks and MACs go at once. An interface or address is missing in
 * the Ledger only until its grace is over; then the address is unassigned, the interface deleted. A gap hides all of it.
 */
export function leavingParts(
  { ledger, options }: PlanInput,
  { listed, matching, gaps }: { listed: Listed; matching: Matching; gaps: Gaps }
): Left & { readonly expired: ReadonlySet<string> } {
  const wanted = wantedBy(options.syncTypes)
  const { addresses } = wanted
  const asked: ReadonlySet<string> = new Set([
    ...(wanted.disks ? ['disk'] : []),
    ...(wanted.interfaces ? ['mac-address', 'vm-interface', 'interface'] : []),
    ...(addresses ? ['ip-address'] : [])
  ])
  const leave = (row: LedgerRow): LeftPart => {
    if (!asked.has(row.kind) || matching.desiredKeys.has(row.key)) return none
    const known = objectOf(row, matching)
    if (known === undefined || !isMissing(row, listed, matching)) return none
    if (!atOnce.has(row.kind))
      return gaps.hides(row) ? none : leavePatiently(row, known, options, { matching, addresses })
    return row.origin === 'created'
      ? { changes: [deletion(row, known, matching)], adoptions: [] }
      : none
  }
  const left = ledger.map(leave).filter((one) => one !== none)
  return {
    expired: new Set(left.flatMap(({ expired }) => (expired === undefined ? [] : [expired]))),
    changes: left.flatMap(({ changes }) => changes),
    adoptions: left.flatMap(({ adoptions }) => adoptions)
  }
}
