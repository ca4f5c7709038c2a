import type { Change, Conflict, Estate, HeldChange } from '@proxbox/contracts'
import { inUnits } from '../desired/disks.ts'
import type { Compared } from '../diff/compare.ts'
import { conflictNotice } from '../diff/conflict.ts'
import { splitChange } from '../diff/split-change.ts'
import type { Guarded } from '../guards/guard.ts'
import type { Decisions } from '../identity/conflicts.ts'
import type { Matching } from '../identity/match.ts'
import { clusterKey, clusterOf } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import { bytesIn, otherBase, type UnitField, unitField } from './bytes-of.ts'
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

/** Pure: adopted VMs of each cluster whose memory NetBox tells. */
function adoptedVms({ byKey }: Matching): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [key, { current, origin }] of byKey) {
    if (current.kind !== 'vm' || origin !== 'adopted') continue
    if (typeof current.fields.memory !== 'number') continue
    const cluster = clusterOf(key) ?? ''
    counts.set(cluster, (counts.get(cluster) ?? 0) + 1)
  }
  return counts
}

function conflictOf(
  cluster: string,
  { base }: UnitBase,
  { estate, matching }: UnitFacts
): Conflict {
  const key = clusterKey(cluster)
  const other = otherBase(base)
  const label = estate.clusters.find((one) => one.clusterId === cluster)?.name ?? cluster
  const does = (one: number) =>
    one === base
      ? `Writes memory and disk sizes of this cluster in units of ${one}.`
      : `Keeps memory and disk sizes of this cluster in units of ${one}, as NetBox has them.`
  return {
    key,
    kind: 'cluster',
    label,
    field: null,
    code: 'unit-base',
    detail: `Most VMs that were in NetBox before have their memory in units of ${other}, and this NetBox Endpoint counts in units of ${base}: those numbers are left as they are.`,
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

/** Pure: the clusters in which most adopted VMs are counted in the other base, undecided. */
function strangeClusters(
  recounts: readonly Recount[],
  facts: UnitFacts
): ReadonlyMap<string, UnitBase> {
  const vms = recounts.filter(({ field, since }) => field === 'memory' && since === 'first-contact')
  if (vms.length === 0) return new Map()
  const totals = adoptedVms(facts.matching)
  const found = [...Map.groupBy(vms, ({ cluster }) => cluster)].flatMap(([cluster, all]) => {
    const unit = all[0]?.unit
    const isMost = all.length * 2 > (totals.get(cluster) ?? 0)
    return unit !== undefined && unit.rule === undefined && isMost ? [[cluster, unit] as const] : []
  })
  return new Map(found)
}

/**
 * Pure: nobody's memory has changed only because megabytes are counted otherwise. At first contact with a cluster whose
 * adopted VMs are mostly in the other base that is one conflict; after a change of the setting, one set to approve.
 */
export function holdUnits(compared: Compared, facts: UnitFacts): Compared {
  const { changes } = compared
  let known: ReadonlyMap<string, number> | undefined
  const bytes = () => {
    known ??= bytesIn(facts.estate)
    return known
  }
  const recounts = changes.flatMap((change) => recountOf(change, facts, bytes) ?? [])
  const strange = strangeClusters(recounts, facts)
  const first = holdFields(
    changes,
    recounts.filter(({ cluster, since }) => since === 'first-contact' && strange.has(cluster)),
    {
      guard: 'unit-base',
      code: 'CONFLICT_OPEN',
      reason: 'Only the unit differs: decide the conflict of its cluster.'
    }
  )
  const recounted = facts.options.budget !== false ? recounts.filter(isSetting) : []
  const reason = setBy(recounted.length, recounted[0]?.unit.base ?? 0)
  const set = holdFields(first.kept, recounted, { guard: 'base-change', code: 'ITEM_HELD', reason })
  const conflicts = [...strange].map(([cluster, unit]) => conflictOf(cluster, unit, facts))
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
