import type { Conflict, Estate, Notice, Plan } from '@proxbox/contracts'
import { compare, withWrittenDrifts } from './compare.ts'
import { decidedBy } from './decided.ts'
import { desiredItems } from './desired/desired-items.ts'
import { conflictNotice } from './diff/conflict.ts'
import { diffContext } from './diff/context.ts'
import { createChange } from './diff/create-change.ts'
import { deletions } from './going-away/missing.ts'
import { touchedIn } from './going-away/touched.ts'
import { guarded } from './guards/all-guards.ts'
import { budget } from './guards/budget.ts'
import { ownedOnly } from './guards/owned-only.ts'
import { heldReferences } from './guards/references.ts'
import { spareGaps } from './guards/spare-gaps.ts'
import { vanishedInBulk } from './guards/vanished.ts'
import { namesIn } from './known-names.ts'
import { matchItems } from './match.ts'
import type { Desired } from './options.ts'
import { orderChanges } from './order.ts'
import type { PlanInput } from './plan-input.ts'
import { inDecidedBases } from './units/decided-bases.ts'
import { holdUnits } from './units/unit-guard.ts'

/**
 * Pure: Estate × options × NetBox × Ledger → Plan. The same facts give the same Plan, whatever their order; facts that
 * were planned and applied give an empty one.
 */
export function planChanges(input: PlanInput): Plan {
  const options = { ...namesIn(input), ...input.options }
  const decided = decidedBy(input.decisions)
  const asked = desiredItems(input.estate, options)
  const items = inDecidedBases(asked.items, input.estate, { endpoint: options.endpoint, decided })
  const desired = { ...asked, items }
  const matching = matchItems({ ...input, desired: desired.items })
  const context = diffContext(options, decided, matching)
  const compared = compare(desired.items, matching, context)
  const facts = { estate: input.estate, matching, options, decided }
  const units = holdUnits(compared.changes, facts)
  const conflicts = [...compared.conflicts, ...units.conflicts]
  const all = [...units.kept, ...deletions(input, desired, matching)]
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
    held: [...held, ...units.held, ...matchHeld].sort((a, b) =>
      a.change.key < b.change.key ? -1 : 1
    ),
    adoptions: [...compared.adoptions],
    notices: [
      ...desired.notices,
      ...conflicts.map(conflictNotice),
      ...clusterNotices(desired, input.estate)
    ].sort((a, b) => (a.key + a.detail < b.key + b.detail ? -1 : 1)),
    conflicts: conflicts.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    unchanged: compared.unchanged
  }
}

const placeOf = ({ key, field, code }: Conflict): string => `${key} ${field ?? ''} ${code}`

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
