import type {
  Adoption,
  Change,
  CurrentItem,
  DecisionRule,
  Estate,
  HeldChange,
  Intent,
  Item,
  LedgerRow,
  Notice,
  Plan,
  Quarantined
} from '@proxbox/contracts'
import { canonical } from './canonical.ts'
import { guestsInScope, wantedBy } from './desired/desired-items.ts'
import { createChange, type DiffContext, diffItem, translated } from './diff.ts'
import { fullLabels } from './full-label.ts'
import { budget } from './guards/budget.ts'
import type { Guarded } from './guards/guard.ts'
import { ownedOnly } from './guards/owned-only.ts'
import { heldReferences } from './guards/references.ts'
import { spareGaps } from './guards/spare-gaps.ts'
import { vanishedInBulk } from './guards/vanished.ts'
import { waitForNames } from './guards/wait-for-names.ts'
import { identify } from './identify.ts'
import { guestOf } from './key-of.ts'
import type { Matching } from './match.ts'
import { mergedChanges } from './merged.ts'
import type { Desired, DesiredOptions } from './options.ts'
import { orderChanges } from './order.ts'

export interface PlanInput {
  readonly estate: Estate
  readonly options: DesiredOptions
  /** Whole tables of the kinds of `kindsFor`. */
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  /** What NetBox has refused, and until when it is not sent again. */
  readonly quarantine: readonly Quarantined[]
  /** Rules by which a person has answered conflicts. */
  readonly decisions: readonly DecisionRule[]
}

/** Pure: our disks and MACs that a guest whose configuration was read does not have any more. */
function deletions(input: PlanInput, desired: Desired, matching: Matching): readonly Change[] {
  const wanted = wantedBy(input.options.syncTypes)
  const heldClusters = new Set(desired.held.map(({ cluster }) => cluster))
  const read = new Set(
    input.estate.clusters
      .filter(({ clusterId }) => !heldClusters.has(clusterId))
      .flatMap((cluster) => guestsInScope(cluster, input.options))
      .filter(({ guest }) => guest.config !== undefined)
      .map(({ key }) => key)
      .filter((key) => matching.desiredKeys.has(key))
  )
  return input.ledger.flatMap((row): Change[] => {
    const asked =
      (row.kind === 'disk' && wanted.disks) || (row.kind === 'mac-address' && wanted.interfaces)
    const known = matching.byKey.get(row.key)
    if (!asked || known === undefined || matching.desiredKeys.has(row.key)) return []
    if (row.origin !== 'created' || !read.has(guestOf(row.key) ?? '')) return []
    if (matching.claimed.get(known.current.key) !== row.key) return []
    return [
      {
        key: row.key,
        kind: row.kind,
        action: 'delete',
        netbox_id: known.current.netbox_id,
        before: translatedFields(known.current, matching),
        after: {},
        why: {},
        label: known.current.label,
        origin: row.origin
      }
    ]
  })
}

const oursIn = (matching: Matching) => (ref: string) => matching.claimed.get(ref) ?? ref

const translatedFields = (current: CurrentItem, matching: Matching): Change['before'] =>
  Object.fromEntries(
    Object.entries(current.fields).map(([field, value]) => [
      field,
      translated(value, oursIn(matching))
    ])
  )

/** Pure: did a person add a description or a tag to an object that we would delete? */
function touchedIn(matching: Matching) {
  return (change: Change): boolean => {
    const known = matching.byKey.get(change.key)
    if (known === undefined) return true
    return ['description', 'tags'].some((field) => {
      const text = (value: Change['before'][string] | undefined) =>
        canonical(change.kind, field, value, matching.resolve)
      const now = text(known.current.fields[field])
      return now !== '' && now !== text(known.base[field])
    })
  }
}

interface Compared {
  readonly changes: readonly Change[]
  readonly adoptions: readonly Adoption[]
  readonly notices: readonly Notice[]
  readonly unchanged: Record<string, number>
}

function compare(items: readonly Item[], matching: Matching, context: DiffContext): Compared {
  const out = {
    changes: [] as Change[],
    adoptions: [] as Adoption[],
    notices: [] as Notice[],
    unchanged: {} as Record<string, number>
  }
  const held = new Set(matching.held.map(({ item }) => item.key))
  const full = fullLabels(items)
  const named = (item: Item, change: Change): Change => ({
    ...change,
    label: full(item, change.label)
  })
  for (const item of items) {
    const matched = matching.byKey.get(item.key)
    if (matched === undefined) {
      if (!held.has(item.key)) out.changes.push(named(item, createChange(item, context)))
      continue
    }
    const { change, learned, notices } = diffItem(item, matched, context)
    out.notices.push(...notices)
    if (change !== undefined) out.changes.push(named(item, change))
    else out.unchanged[item.kind] = (out.unchanged[item.kind] ?? 0) + 1
    const isOpen = matching.intents.has(item.key) && change === undefined
    if (matched.by === 'ledger' && Object.keys(learned).length === 0 && !isOpen) continue
    out.adoptions.push({
      key: item.key,
      kind: item.kind,
      netbox_id: matched.current.netbox_id,
      origin: matched.origin,
      evidence_of_match: matched.by,
      values: learned,
      evidence: item.evidence ?? {},
      label: full(item, matched.current.label)
    })
  }
  return out
}

/** Pure: all guards, one after the other. */
function guarded(
  changes: readonly Change[],
  guards: readonly ((changes: readonly Change[]) => Guarded)[]
): Guarded {
  let kept = changes
  const held: HeldChange[] = []
  for (const guard of guards) {
    const result = guard(kept)
    kept = result.kept
    held.push(...result.held)
  }
  return { kept, held }
}

/**
 * Pure: Estate × options × NetBox × Ledger → Plan. The same facts give the same Plan, whatever their order; facts that
 * were planned and applied give an empty one.
 */
export function planChanges(given: PlanInput): Plan {
  const identified = identify(given)
  const { input, options, desired, matching } = identified
  const context = { resolve: matching.resolve, ours: oursIn(matching), options }
  const compared = compare(identified.items, matching, context)
  const all = mergedChanges([
    ...compared.changes,
    ...identified.yields,
    ...deletions(input, desired, matching)
  ])
  const ids = new Set(input.current.map((item) => item.key))
  const { kept, held } = guarded(all, [
    (changes) => ownedOnly(changes, touchedIn(matching)),
    (changes) => spareGaps(changes, input.estate),
    (changes) =>
      vanishedInBulk(
        changes,
        input,
        (row) => ids.has(`netbox:${row.kind}/${row.netbox_id}`),
        options
      ),
    (changes) =>
      options.budget === true ? budget(changes, budgetFacts(input)) : { kept: changes, held: [] },
    (changes) => waitForNames(changes, all),
    (changes) => heldReferences(changes, (key) => matching.byKey.has(key))
  ])
  const matchHeld = matching.held.map(({ item, code, reason }) => ({
    change: createChange(item, context),
    guard: 'match',
    code,
    reason
  }))
  const changes = [...kept].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    changes,
    steps: orderChanges(changes, options),
    held: [...held, ...matchHeld].sort((a, b) => (a.change.key < b.change.key ? -1 : 1)),
    adoptions: [...identified.adoptionsWith(compared)],
    notices: [
      ...desired.notices,
      ...compared.notices,
      ...clusterNotices(desired, input.estate)
    ].sort((a, b) => (a.key + a.detail < b.key + b.detail ? -1 : 1)),
    conflicts: [...identified.conflicts],
    unchanged: compared.unchanged
  }
}

function budgetFacts({ ledger, options, estate }: PlanInput) {
  const nodes = new Map(
    estate.clusters.flatMap(({ clusterId, nodes }) =>
      nodes.map(({ nodeId }) => [nodeId, clusterId] as const)
    )
  )
  return { ledger, settings: options.settings, clusterOfNode: (id: string) => nodes.get(id) }
}

const clusterNotices = (desired: Desired, estate: Estate): Notice[] =>
  desired.held.map(({ cluster, code, reason }) => ({
    key: `cluster:${cluster}`,
    label: estate.clusters.find((one) => one.clusterId === cluster)?.name ?? cluster,
    code,
    detail: reason
  }))
