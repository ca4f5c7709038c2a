import type { Conflict, Estate, Notice, Plan } from '@proxbox/contracts'
import { compare, withWrittenDrifts } from './compare.ts'
import { decidedBy } from './decided.ts'
import { desiredItems } from './desired/desired-items.ts'
import { diffContext } from './diff/context.ts'
import { createChange } from './diff/create-change.ts'
import { goingAway, needsStaleTag } from './going-away/going-away.ts'
import { listedIn } from './going-away/listed.ts'
import { withStaleTag } from './going-away/stale-tag.ts'
import { allGuards } from './guards/all-guards.ts'
import { gapsIn } from './guards/gaps.ts'
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
  const wanted = inDecidedBases(desiredItems(input.estate, options), input.estate, {
    endpoint: options.endpoint,
    decided
  })
  const listed = listedIn(input, wanted)
  const desired = withStaleTag(wanted, needsStaleTag(input, listed))
  const matching = matchItems({ ...input, desired: desired.items })
  const gaps = gapsIn(input.estate, input.ledger)
  const context = diffContext(options, decided, matching)
  const facts = { estate: input.estate, matching, options, decided }
  const compared = goingAway(holdUnits(compare(desired.items, matching, context), facts), {
    input,
    desired,
    matching,
    listed,
    gaps
  })
  const { kept, held, vanished } = allGuards(compared.changes, {
    input,
    desired,
    matching,
    gaps
  })
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
    held: [...held, ...compared.held, ...matchHeld].sort((a, b) =>
      a.change.key < b.change.key ? -1 : 1
    ),
    adoptions: compared.adoptions.filter(({ key }) => !vanished.has(key)),
    notices: [
      ...desired.notices,
      ...compared.notices,
      ...clusterNotices(desired, input.estate)
    ].sort((a, b) => (a.key + a.detail < b.key + b.detail ? -1 : 1)),
    conflicts: [...compared.conflicts].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    unchanged: compared.unchanged
  }
}

const placeOf = ({ key, field, code }: Conflict): string => `${key} ${field ?? ''} ${code}`

const clusterNotices = (desired: Desired, estate: Estate): Notice[] =>
  desired.held.map(({ cluster, code, reason }) => ({
    key: `cluster:${cluster}`,
    label: estate.clusters.find((one) => one.clusterId === cluster)?.name ?? cluster,
    code,
    detail: reason
  }))
