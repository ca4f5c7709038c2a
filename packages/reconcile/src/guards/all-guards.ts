import {
  approvableGuards,
  type Change,
  type HeldChange,
  isRef,
  type LedgerRow
} from '@proxbox/contracts'
import { leavingMatch } from '../going-away/leaving-match.ts'
import { builtUponWhole, goingWith, hangingOn } from '../going-away/parts-of.ts'
import { type Chosen, chooseAnew, isChosen, primaryOf } from '../going-away/primary.ts'
import { staleTag } from '../going-away/stale-tag.ts'
import type { Matching } from '../identity/matching.ts'
import type { Desired } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'
import { sightsIn } from '../sight/sights.ts'
import { budget, budgetPlace } from './budget.ts'
import type { Gaps } from './gaps.ts'
import type { Guarded } from './guard.ts'
import { looseEnds } from './loose-ends.ts'
import { doubtful, isDoubtful, outOfSight } from './out-of-sight.ts'
import { ownedOnly } from './owned-only.ts'
import { quarantined } from './quarantine.ts'
import { heldReferences } from './references.ts'
import { scopeChange } from './scope-change.ts'
import { spareGaps } from './spare-gaps.ts'
import { vanishedInBulk, vanishedKeys } from './vanished.ts'
import { waitForNames } from './wait-for-names.ts'
import { waitForScope } from './wait-for-scope.ts'
import { waitForYield } from './wait-for-yield.ts'

type Guard = (changes: readonly Change[]) => Guarded

function inTurn(changes: readonly Change[], guards: readonly Guard[]): Guarded {
  let kept = changes
  const held: HeldChange[] = []
  for (const guard of guards) {
    const result = guard(kept)
    kept = result.kept
    held.push(...result.held)
  }
  return { kept, held }
}

/** Pure: guards that look at what the others leave, again and again until none of them holds anything more. */
function untilSettled(changes: readonly Change[], guards: readonly Guard[]): Guarded {
  let { kept, held } = inTurn(changes, guards)
  for (let more = held; more.length > 0; ) {
    const again = inTurn(kept, guards)
    more = again.held
    kept = again.kept
    held = [...held, ...more]
  }
  return { kept, held }
}

function vanishedFrom(
  { ledger, intents, options }: PlanInput,
  matching: Matching
): ReadonlySet<string> {
  const deleting = new Set(
    intents.filter(({ action }) => action === 'delete').map(({ key }) => key)
  )
  return vanishedKeys({
    rows: ledger.filter(({ key }) => matching.desiredKeys.has(key) && !deleting.has(key)),
    foundBy: (row: LedgerRow) => matching.byKey.get(row.key)?.by,
    place: (row) => budgetPlace(row, matching.clusterOfNode),
    settings: options.settings
  })
}

const getsStaleTag = ({ after }: Change): boolean =>
  Array.isArray(after.tags) && after.tags.some((one) => isRef(one) && one.ref === staleTag)

/**
 * Pure: the stale tag is made only where something gets it. Where all that gets it waits for a person, it waits with
 * that: approving writes what the Plan shows, and nothing else.
 */
function withoutIdleTag(kept: readonly Change[], held: readonly HeldChange[]): Guarded {
  const tag = kept.find(({ key, action }) => key === staleTag && action === 'create')
  if (tag === undefined || kept.some(getsStaleTag)) return { kept, held }
  const asking = held.find(
    ({ guard, change }) => approvableGuards.includes(guard) && getsStaleTag(change)
  )
  return {
    kept: kept.filter((change) => change !== tag),
    held: asking === undefined ? held : [...held, { ...asking, change: tag }]
  }
}

export interface GuardFacts {
  readonly input: PlanInput
  readonly desired: Desired
  readonly matching: Matching
  readonly gaps: Gaps
}

export interface AllGuarded extends Guarded {
  /** Keys of what vanished in bulk or is out of sight: not even the Ledger may learn another object for them. */
  readonly vanished: ReadonlySet<string>
}

/** Pure: the guards that a person overrules by approving the Run. */
const askingGuards = (
  { input, desired, matching }: Omit<GuardFacts, 'gaps'>,
  vanished: ReadonlySet<string>,
  sights: ReturnType<typeof sightsIn>
): readonly Guard[] => [
  (some) => vanishedInBulk(some, vanished),
  (some) => scopeChange(some, input.current, matching.resolve),
  (some) =>
    budget(some, {
      ledger: input.ledger,
      wanted: desired.items,
      settings: input.options.settings,
      clusterOfNode: matching.clusterOfNode
    }),
  (some) => doubtful(some, sights)
]

/**
 * Pure: all guards, one after the other. In a Run that a person approved neither the budget, nor what vanished, nor a
 * cluster's change of scope holds anything; gaps, ownership, what is out of sight, quarantine and references always do.
 */
export function allGuards(
  changes: readonly Change[],
  { input, desired, matching, gaps }: GuardFacts
): AllGuarded {
  const { options } = input
  const leaving = leavingMatch(matching, input)
  const isApproved = options.budget === false
  const vanished = isApproved ? new Set<string>() : vanishedFrom(input, matching)
  const sights = sightsIn(input, matching)
  const builtUpon = (change: Change) =>
    builtUponWhole(change.key, leaving) ??
    (isChosen(change, matching) ? 'a person made it the primary address' : undefined)
  let chosen: Chosen = new Map()
  const waiting = new Set<string>()
  const unseen = [...sights].flatMap(([key, sight]) =>
    isApproved && isDoubtful(sight) ? [] : [key]
  )
  const unlearned = new Set([...vanished, ...unseen])
  const isThere = (key: string) =>
    matching.byKey.has(key) && !unlearned.has(key) && !waiting.has(key)
  const primaries: Guard = (some) => {
    const anew = chooseAnew(some, desired.items, matching)
    chosen = anew.chosen
    return { kept: anew.changes, held: [] }
  }
  const places = { current: input.current, resolve: matching.resolve }
  const refused: Guard = (some) =>
    quarantined(some, input.quarantine, {
      now: options.now,
      current: input.current,
      object: matching.object
    })
  const dependent: readonly Guard[] = [
    (some) =>
      looseEnds(some, {
        chosen,
        primaryOf: (change) => primaryOf(change, matching),
        hangingOn: (change) => hangingOn(change, leaving)
      }),
    (some) => waitForNames(some, places),
    (some) => waitForScope(some, changes, places),
    (some) => {
      const yielded = waitForYield(some, changes, (ref) => matching.claimed.get(ref) ?? ref)
      for (const { change } of yielded.held) waiting.add(change.key)
      return yielded
    },
    (some) => heldReferences(some, isThere),
    // Of a Change whose other part waits, what is left may be exactly what NetBox has refused.
    refused
  ]
  const { kept, held } = inTurn(changes, [
    (some) => ownedOnly(some, builtUpon),
    primaries,
    (some) => spareGaps(some, gaps),
    (some) => outOfSight(some, sights),
    refused,
    ...(isApproved ? [] : askingGuards({ input, desired, matching }, vanished, sights)),
    (some) => untilSettled(some, dependent)
  ])
  const deleted = new Set(
    kept.filter(({ kind, action }) => kind === 'vm' && action === 'delete').map(({ key }) => key)
  )
  const tagged = withoutIdleTag(kept, held)
  return {
    kept: [...tagged.kept, ...goingWith(deleted, input.ledger, matching)],
    held: tagged.held,
    vanished: unlearned
  }
}
