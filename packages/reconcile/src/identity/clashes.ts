import type { CurrentItem, Item, KindName } from '@proxbox/contracts'
import { withSuffix } from '../desired/names.ts'
import type { DesiredOptions } from '../options.ts'
import { adoptDecision, conflictOf, spoken } from './conflicts.ts'
import { vmidOf } from './gone.ts'
import type { Matching } from './matching.ts'
import { namePlace } from './name-place.ts'
import { textOf } from './natural.ts'

/** Kinds whose names a person may have given to something else, and how long they may be. */
const limits: Partial<Record<KindName, number>> = { cluster: 100, device: 64, vm: 64 }

type Connections = DesiredOptions['connections']

/** Pure: what is put behind a name that another object has. */
function suffixOf({ key, kind, fields }: Item, connections: Connections): string {
  if (kind === 'vm') return ` (${vmidOf(key)})`
  if (kind === 'device') return `.${String(fields['cf.proxmox_cluster'])}`
  const endpoint = connections[key.slice('cluster:'.length)]?.endpointName
  return ` (${endpoint ?? key})`
}

interface Holders {
  of(item: Item, name: string): CurrentItem | undefined
}

/** Objects of nobody of ours, under their names within that in which names are unique. */
function holdersIn(current: readonly CurrentItem[], matching: Matching): Holders {
  const { resolve } = matching
  const index = new Map<string, CurrentItem>()
  for (const one of current) {
    if (limits[one.kind] === undefined || matching.claimed.has(one.key)) continue
    const place = namePlace(one.kind, one.fields, resolve)
    if (place !== undefined) index.set(place, one)
  }
  return {
    of: ({ key, kind, fields }, name) => {
      const now = matching.byKey.get(key)?.current.fields ?? {}
      return index.get(namePlace(kind, { ...now, ...fields, name }, resolve) ?? '')
    }
  }
}

/** Pure: is the wanted name one that we would write: a new object's, or in place of what we wrote? */
function isWritten(item: Item, matching: Matching): boolean {
  const known = matching.byKey.get(item.key)
  if (known === undefined) return true
  const [now, base] = [textOf(known.current.fields, 'name'), textOf(known.base, 'name')]
  return now !== textOf(item.fields, 'name') && (base === now || now === '')
}

/**
 * Names that an object of somebody else holds in NetBox: a conflict, which holds back a new object, and of a known one
 * its name. Decided to be written, it gets a suffix.
 */
export function holdClashes(
  { desired, current }: { desired: readonly Item[]; current: readonly CurrentItem[] },
  matching: Matching,
  connections: Connections
): void {
  const holders = holdersIn(current, matching)
  const held = new Set(matching.held.map(({ item }) => item.key))
  for (const item of desired) {
    const { name } = item.fields
    if (limits[item.kind] === undefined || typeof name !== 'string' || held.has(item.key)) continue
    const holder = isWritten(item, matching) ? holders.of(item, name) : undefined
    if (holder === undefined) continue
    const other = withSuffix(name, suffixOf(item, connections), limits[item.kind] ?? 64)
    const isFree = holders.of(item, other) === undefined
    settle(item, matching, { holder, other: isFree ? other : undefined })
  }
}

interface Clash {
  readonly holder: CurrentItem
  /** The name with its suffix, where that is free. */
  readonly other: string | undefined
}

/** A known object keeps its name for now; a new one waits as a whole. */
function settle(item: Item, matching: Matching, clash: Clash): void {
  const isNew = !matching.byKey.has(item.key)
  if (isDecided(item, matching, isNew) && clash.other !== undefined) {
    matching.names.set(item.key, clash.other)
    return
  }
  if (isNew) holdNew(item, matching, clash)
  else keepName(item, matching, clash)
}

/** Pure: did a person decide that the name is written with its suffix? */
function isDecided({ key }: Item, { decisions }: Matching, isNew: boolean): boolean {
  if (!isNew) return decisions.of(key, 'name', 'name-clash')?.decision === 'proxmox'
  const rules = [decisions.of(key, null, 'name-clash'), decisions.of(key, null, 'ambiguous')]
  return rules.some((rule) => rule?.decision === 'create')
}

const detailOf = (item: Item, { holder }: Clash): string =>
  `The name "${String(item.fields.name)}" is that of ${spoken(holder)} in NetBox.`

function holdNew(item: Item, matching: Matching, clash: Clash): void {
  const detail = detailOf(item, clash)
  matching.conflicts.push(
    conflictOf(item, 'name-clash', {
      detail,
      object: clash.holder,
      proxmox: item.fields.name ?? null,
      netbox: clash.holder.fields.name ?? null,
      decisions: [adoptDecision(clash.holder), ...asWritten('create', clash)]
    })
  )
  matching.held.push({ item, code: 'CONFLICT_OPEN', reason: detail })
}

function keepName(item: Item, matching: Matching, clash: Clash): void {
  matching.names.set(item.key, undefined)
  if (matching.decisions.of(item.key, 'name', 'name-clash')?.decision === 'netbox') return
  matching.conflicts.push(
    conflictOf(item, 'name-clash', {
      field: 'name',
      detail: detailOf(item, clash),
      object: clash.holder,
      proxmox: item.fields.name ?? null,
      netbox: matching.byKey.get(item.key)?.current.fields.name ?? null,
      decisions: [
        { decision: 'netbox', does: 'The object keeps the name that it has in NetBox.' },
        ...asWritten('proxmox', clash)
      ]
    })
  )
}

const asWritten = (decision: string, { other }: Clash) =>
  other === undefined ? [] : [{ decision, does: `It is written as "${other}".` }]
