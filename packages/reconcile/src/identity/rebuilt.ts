import type { Conflict, LedgerRow } from '@proxbox/contracts'
import { evidenceOf } from '../desired/evidence.ts'
import { clusterOf } from '../key-of.ts'
import { conflictOf, type Decisions } from './conflicts.ts'
import { type Living, vmidOf } from './gone.ts'

interface Facts {
  /** Guests that nothing in Ledger or NetBox tells of. */
  readonly fresh: readonly Living[]
  /** Rows of guests that are gone from a whole list. */
  readonly gone: readonly LedgerRow[]
  readonly follow: boolean
  readonly decisions: Decisions
}

export interface Pairing {
  /** Key of a guest that is gone → key of the living guest that takes over its object. */
  readonly follows: ReadonlyMap<string, string>
  /** Nobody said what to do: the living guest waits. */
  readonly conflicts: readonly Conflict[]
}

/** One guest that looks like one which is gone, by the strongest evidence that they share. */
interface Likeness {
  readonly living: Living
  readonly rows: readonly LedgerRow[]
  readonly by: 'uuid' | 'MAC address' | 'name'
}

const nameIn = (row: LedgerRow): string =>
  String(row.evidence.name ?? row.last_written.name ?? '')
    .trim()
    .toLowerCase()

/** Pure: evidence as words to look up, the strongest first. */
const wordsOf = (
  cluster: string,
  { uuid, macs, name }: { uuid?: string; macs?: string; name?: string }
) =>
  [
    { by: 'uuid', words: uuid ? [uuid.toLowerCase()] : [] },
    { by: 'MAC address', words: macs ? macs.split(',') : [] },
    { by: 'name', words: name ? [name.toLowerCase()] : [] }
  ].map(({ by, words }) => ({
    // The list above names exactly these.
    by: by as Likeness['by'],
    words: words.map((word) => `${cluster}|${by}|${word}`)
  }))

function indexOf(gone: readonly LedgerRow[]): ReadonlyMap<string, readonly LedgerRow[]> {
  const index = new Map<string, LedgerRow[]>()
  for (const row of gone) {
    const evidence = { ...row.evidence, name: nameIn(row) }
    for (const { words } of wordsOf(clusterOf(row.key) ?? '', evidence)) {
      for (const word of words) {
        const rows = index.get(word)
        if (rows === undefined) index.set(word, [row])
        else rows.push(row)
      }
    }
  }
  return index
}

function likenesses(fresh: readonly Living[], gone: readonly LedgerRow[]): readonly Likeness[] {
  const index = indexOf(gone)
  return fresh.flatMap((living): Likeness[] => {
    for (const { by, words } of wordsOf(living.clusterId, evidenceOf(living.guest))) {
      const rows = [...new Set(words.flatMap((word) => index.get(word) ?? []))]
      if (rows.length > 0) return [{ living, rows, by }]
    }
    return []
  })
}

const adopts = (row: LedgerRow): string => `adopt:vm/${row.netbox_id}`

/** Pure: the row that a decision names; undefined where it names none. */
function decided({ living, rows }: Likeness, decisions: Decisions) {
  const rule = decisions.of(living.key, null, 'guest-rebuilt')
  if (rule === undefined) return undefined
  if (rule.decision === 'create') return { row: undefined }
  const only = rows.length === 1 ? rows[0] : undefined
  const row = rule.decision === 'follow' ? only : rows.find((one) => adopts(one) === rule.decision)
  return row === undefined ? undefined : { row }
}

function conflictAbout({ living, rows, by }: Likeness): Conflict {
  const { guest, key } = living
  const name = evidenceOf(guest).name ?? String(guest.vmid)
  const old = rows.map((row) => `guest ${vmidOf(row.key)} (vm ${row.netbox_id})`).join(', ')
  const follow = (row: LedgerRow, decision: string) => ({
    decision,
    does: `Guest ${guest.vmid} takes over vm ${row.netbox_id} of guest ${vmidOf(row.key)}, with all that NetBox knows of it.`
  })
  const [first] = rows
  const conflict = conflictOf({ key, kind: 'vm', fields: { name } }, 'guest-rebuilt', {
    detail: `Guest ${guest.vmid} "${name}" is new and has the ${by} of ${old}, which Proxmox does not list any more.`,
    proxmox: name,
    netbox: first === undefined ? null : nameIn(first),
    decisions: [
      ...(rows.length === 1 && first !== undefined
        ? [follow(first, 'follow')]
        : rows.map((row) => follow(row, adopts(row)))),
      {
        decision: 'create',
        does: `Guest ${guest.vmid} gets an object of its own; the old one yields its name and addresses, and stays.`
      }
    ]
  })
  return { ...conflict, netbox_id: rows.length === 1 && first ? first.netbox_id : null }
}

/**
 * Pure: which new guests are old ones built again. What was decided is done first, and asks no further question: an object
 * that is taken over so is nobody else's. Of the others, with policy `follow`, exactly one guest that is gone against
 * exactly one new one; else a conflict per new guest.
 */
export function pairings({ fresh, gone, follow, decisions }: Facts): Pairing {
  const follows = new Map<string, string>()
  const answered = new Set<string>()
  for (const one of likenesses(fresh, gone)) {
    const choice = decided(one, decisions)
    if (choice === undefined) continue
    answered.add(one.living.key)
    if (choice.row !== undefined && !follows.has(choice.row.key))
      follows.set(choice.row.key, one.living.key)
  }
  const open = likenesses(
    fresh.filter(({ key }) => !answered.has(key)),
    gone.filter(({ key }) => !follows.has(key))
  )
  const wanted = Map.groupBy(
    open.flatMap(({ rows }) => rows),
    (row) => row.key
  )
  const conflicts: Conflict[] = []
  for (const one of open) {
    const [only] = one.rows
    const isOne = one.rows.length === 1 && wanted.get(only?.key ?? '')?.length === 1
    if (follow && isOne && only !== undefined) follows.set(only.key, one.living.key)
    else conflicts.push(conflictAbout(one))
  }
  return { follows, conflicts }
}
