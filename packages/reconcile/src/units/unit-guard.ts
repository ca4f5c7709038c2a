import type { Change, Conflict, Estate, HeldChange } from '@proxbox/contracts'
import { inUnits } from '../desired/disks.ts'
import type { Compared } from '../diff/compare.ts'
import { conflictNotice } from '../diff/conflict.ts'
import { splitChange } from '../diff/split-change.ts'
import type { Guarded } from '../guards/guard.ts'
import type { Decisions } from '../identity/conflicts.ts'
import type { Matching } from '../identity/matching.ts'
import { clusterKey, clusterOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import { baseSetting, bytesIn, otherBase, type UnitField, unitField } from './bytes-of.ts'
import { baseOf, type UnitBase } from './decided-bases.ts'

export interface UnitFacts {
  readonly estate: Estate
  readonly matching: Matching
  readonly options: DesiredOptions
  readonly decisions: Decisions
}

/** A correction that may say nothing but that megabytes are counted otherwise. */
interface Recount {
  readonly change: Change
  readonly field: UnitField
  readonly cluster: string
  readonly unit: UnitBase
  /** NetBox's value at first contact; `written`: we wrote it so before the setting was changed. */
  readonly since: 'first-contact' | 'written'
}

function recountOf(
  change: Change,
  { matching, options, decisions }: UnitFacts,
  bytes: () => ReadonlyMap<string, number>
): Recount | undefined {
  const field = change.action === 'update' ? unitField(change.kind) : undefined
  const cluster = clusterOf(change.key)
  if (field === undefined || cluster === undefined || !(field in change.after)) return undefined
  const size = bytes().get(change.key)
  const matched = matching.byKey.get(change.key)
  if (size === undefined || matched === undefined) return undefined
  const unit = baseOf(options.endpoint, decisions)(cluster, field)
  const recounted = inUnits(size, otherBase(unit.base))
  const written = matched.base[field]
  const found = { change, field, cluster, unit }
  if (written === recounted) return { ...found, since: 'written' }
  const isNew = written === undefined && matched.origin === 'adopted'
  return isNew && change.before[field] === recounted
    ? { ...found, since: 'first-contact' }
    : undefined
}

/** What is counted alike: the memory of a cluster's VMs, or their disks. */
const placeOf = (cluster: string, field: UnitField): string => `${cluster}|${field}`

/** Pure: how many adopted objects of each place NetBox tells a number of. */
function adoptedIn({ byKey }: Matching): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [key, { current, origin }] of byKey) {
    const field = unitField(current.kind)
    if (field === undefined || origin !== 'adopted') continue
    if (typeof current.fields[field] !== 'number') continue
    const place = placeOf(clusterOf(key) ?? '', field)
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return counts
}

const words = {
  memory: { most: 'VMs that were in NetBox before have their memory', what: 'memory' },
  size: { most: 'disks that were in NetBox before have their size', what: 'disk sizes' }
} as const

function conflictOf(
  { cluster, field, unit: { base } }: Strange,
  { estate, matching }: UnitFacts
): Conflict {
  const key = clusterKey(cluster)
  const other = otherBase(base)
  const label = estate.clusters.find((one) => one.clusterId === cluster)?.name ?? cluster
  const { most, what } = words[field]
  const does = (one: number) =>
    one === base
      ? `Writes ${what} of this cluster in units of ${one}.`
      : `Keeps ${what} of this cluster in units of ${one}, as NetBox has them.`
  return {
    key,
    kind: 'cluster',
    label,
    field: baseSetting[field],
    code: 'unit-base',
    detail: `Most ${most} in units of ${other}, and this NetBox Endpoint counts in units of ${base}: those numbers are left as they are.`,
    netbox_id: matching.byKey.get(key)?.current.netbox_id ?? null,
    proxmox: base,
    netbox: other,
    decisions: [1000, 1024].map((one) => ({ decision: String(one), does: does(one) }))
  }
}

const setBy = (count: number, base: number): string =>
  `${count} numbers would be told in units of ${base}, because ram_base or disk_base was changed: a person must approve.`

/** Pure: splits off the fields in question; the rest of each Change goes on. */
function holdFields(
  changes: readonly Change[],
  recounts: readonly Recount[],
  held: { guard: string; code: string; reason: string }
): Guarded {
  if (recounts.length === 0) return { kept: changes, held: [] }
  const fields = new Map(recounts.map(({ change, field }) => [change.key, field]))
  const parts: HeldChange[] = []
  const kept = changes.flatMap((change) => {
    const field = fields.get(change.key)
    if (field === undefined) return [change]
    const { part, rest } = splitChange(change, field)
    parts.push({ change: part, ...held })
    return rest === undefined ? [] : [rest]
  })
  return { kept, held: parts }
}

/** The memory, or the disks, of a cluster, of which most are counted in the other base. */
type Strange = Pick<Recount, 'cluster' | 'field' | 'unit'>

/** Pure: where most of what was adopted is counted in the other base, undecided; by place. */
function strangePlaces(
  recounts: readonly Recount[],
  facts: UnitFacts
): ReadonlyMap<string, Strange> {
  const first = recounts.filter(({ since }) => since === 'first-contact')
  if (first.length === 0) return new Map()
  const totals = adoptedIn(facts.matching)
  const places = Map.groupBy(first, ({ cluster, field }) => placeOf(cluster, field))
  return new Map(
    [...places].flatMap(([place, all]) => {
      const [one] = all
      const isMost = all.length * 2 > (totals.get(place) ?? 0)
      return one !== undefined && one.unit.rule === undefined && isMost ? [[place, one]] : []
    })
  )
}

/**
 * Pure: nobody's memory or disk has changed only because megabytes are counted otherwise. At first contact with a cluster
 * whose adopted VMs, or whose disks, are mostly in the other base that is one conflict each; after a change of the
 * setting, one set to approve.
 */
export function holdUnits(compared: Compared, facts: UnitFacts): Compared {
  const { changes } = compared
  let known: ReadonlyMap<string, number> | undefined
  const bytes = () => {
    known ??= bytesIn(facts.estate)
    return known
  }
  const recounts = changes.flatMap((change) => recountOf(change, facts, bytes) ?? [])
  const strange = strangePlaces(recounts, facts)
  const first = holdFields(
    changes,
    recounts.filter(
      ({ cluster, field, since }) =>
        since === 'first-contact' && strange.has(placeOf(cluster, field))
    ),
    {
      guard: 'unit-base',
      code: 'CONFLICT_OPEN',
      reason: 'Only the unit differs: decide the conflict of its cluster.'
    }
  )
  const recounted = facts.options.budget !== false ? recounts.filter(isSetting) : []
  const reason = setBy(recounted.length, recounted[0]?.unit.base ?? 0)
  const set = holdFields(first.kept, recounted, { guard: 'base-change', code: 'ITEM_HELD', reason })
  const conflicts = [...strange.values()].map((one) => conflictOf(one, facts))
  return {
    ...compared,
    changes: set.kept,
    held: [...compared.held, ...first.held, ...set.held],
    conflicts: [...compared.conflicts, ...conflicts],
    notices: [...compared.notices, ...conflicts.map(conflictNotice)]
  }
}

/** Pure: what a decision about the cluster asked for needs no second one. */
const isSetting = ({ since, unit }: Recount): boolean =>
  since === 'written' && unit.rule === undefined
