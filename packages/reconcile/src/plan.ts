import type {
  Change,
  CurrentItem,
  DecisionRule,
  Estate,
  HeldChange,
  Intent,
  LedgerRow,
  Notice,
  Plan,
  Quarantined
} from '@proxbox/contracts'
import { canonical } from './canonical.ts'
import { compare, withWrittenDrifts } from './compare.ts'
import { desiredItems, guestsInScope, wantedBy } from './desired/desired-items.ts'
import { diffContext } from './diff/context.ts'
import { createChange } from './diff/create-change.ts'
import { translated } from './diff/translated.ts'
import { budget } from './guards/budget.ts'
import type { Guarded } from './guards/guard.ts'
import { ownedOnly } from './guards/owned-only.ts'
import { heldReferences } from './guards/references.ts'
import { spareGaps } from './guards/spare-gaps.ts'
import { vanishedInBulk } from './guards/vanished.ts'
import { guestOf } from './key-of.ts'
import { namesIn } from './known-names.ts'
import { type Matching, matchItems } from './match.ts'
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
export function planChanges(input: PlanInput): Plan {
  const options = { ...namesIn(input), ...input.options }
  const desired = desiredItems(input.estate, options)
  const matching = matchItems({ ...input, desired: desired.items })
  const context = diffContext(options, input.decisions, matching)
  const compared = compare(desired.items, matching, context)
  const all = [...compared.changes, ...deletions(input, desired, matching)]
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
    (changes) => heldReferences(changes, (key) => matching.byKey.has(key))
  ])
  const matchHeld = matching.held.map(({ item, code, reason }) => ({
    change: createChange(item, context),
    guard: 'match',
    code,
    reason
  }))
  const changes = kept
    .map((change) => withWrittenDrifts(change, matching.rows.get(change.key)))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    changes,
    steps: orderChanges(changes, options),
    held: [...held, ...matchHeld].sort((a, b) => (a.change.key < b.change.key ? -1 : 1)),
    adoptions: [...compared.adoptions],
    notices: [
      ...desired.notices,
      ...compared.notices,
      ...clusterNotices(desired, input.estate)
    ].sort((a, b) => (a.key + a.detail < b.key + b.detail ? -1 : 1)),
    conflicts: [...compared.conflicts].sort((a, b) => (a.key < b.key ? -1 : 1)),
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
