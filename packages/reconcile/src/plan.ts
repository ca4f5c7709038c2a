import type { Conflict, Estate, Notice, Plan } from '@proxbox/contracts'
import { compare, withWrittenDrifts } from './diff/compare.ts'
import { conflictNotice } from './diff/conflict.ts'
import { diffContext } from './diff/context.ts'
import { createChange } from './diff/create-change.ts'
import { goingAway, needsStaleTag } from './going-away/going-away.ts'
import { leftBehind } from './going-away/left-behind.ts'
import { listedIn } from './going-away/listed.ts'
import { notKept } from './going-away/not-kept.ts'
import { seenAddresses } from './going-away/seen-addresses.ts'
import { withStaleTag } from './going-away/stale-tag.ts'
import { allGuards } from './guards/all-guards.ts'
import { gapsIn } from './guards/gaps.ts'
import { decisionsFrom } from './identity/conflicts.ts'
import { identify } from './identity/identify.ts'
import { mergedChanges } from './identity/merged.ts'
import { withLabels } from './learned-labels.ts'
import type { Desired } from './options.ts'
import { orderChanges } from './order/order.ts'
import type { PlanInput } from './plan-input.ts'
import { withRequired } from './required-fields.ts'
import { inDecidedBases } from './units/decided-bases.ts'
import { holdUnits } from './units/unit-guard.ts'

/**
 * Pure: Estate × options × NetBox × Ledger → Plan. The same facts give the same Plan, whatever their order; facts that
 * were planned and applied give an empty one.
 */
export function planChanges(given: PlanInput): Plan {
  const decisions = decisionsFrom(given.decisions)
  const { endpoint } = given.options
  const identified = identify(given, (wanted, ledger) => {
    const facts = { ...given, ledger }
    const based = inDecidedBases(wanted, given.estate, { endpoint, decisions })
    return withStaleTag(based, needsStaleTag(facts, listedIn(facts, based)))
  })
  const { input, options, desired, matching } = identified
  const listed = listedIn(input, desired)
  const gaps = gapsIn(input.estate, input.ledger)
  const context = diffContext(options, decisions, matching)
  const facts = { estate: input.estate, matching, options, decisions }
  const compared = goingAway(holdUnits(compare(identified.items, matching, context), facts), {
    input,
    // What is held for a person is not even taken back.
    desired: { ...desired, items: identified.items },
    matching,
    listed,
    gaps
  })
  const merged = mergedChanges([...compared.changes, ...identified.yields])
  const all = withRequired(merged, input.current)
  const { kept, held, vanished } = allGuards(all, { input, desired, matching, gaps })
  const matchHeld = matching.held.map(({ item, code, reason }) => ({
    change: createChange(item, context),
    guard: 'match',
    code,
    reason
  }))
  const heldKeys = new Set(matchHeld.map(({ change }) => change.key))
  const written = kept
    .map((change) => withWrittenDrifts(change, matching.rows.get(change.key)))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const known = identified.adoptionsWith(compared).filter(({ key }) => !vanished.has(key))
  const learned = notKept(known, written, matching)
  const { changes, adoptions } = withLabels({ changes: written, adoptions: learned }, matching)
  return {
    changes: [...changes],
    steps: orderChanges(changes, options),
    held: [...held, ...compared.held, ...matchHeld].sort((a, b) =>
      a.change.key < b.change.key ? -1 : 1
    ),
    adoptions: [...adoptions],
    notices: [
      ...desired.notices,
      ...compared.notices,
      // A conflict that holds an Item back is told with it.
      ...identified.conflicts.filter(({ key }) => !heldKeys.has(key)).map(conflictNotice),
      ...clusterNotices(desired, input.estate),
      ...leftBehind(input, matching)
    ].sort((a, b) => (a.key + a.detail < b.key + b.detail ? -1 : 1)),
    conflicts: [...identified.conflicts, ...compared.conflicts].sort((a, b) =>
      placeOf(a) < placeOf(b) ? -1 : 1
    ),
    seen: seenAddresses(desired, { options, matching, listed, gaps }),
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
