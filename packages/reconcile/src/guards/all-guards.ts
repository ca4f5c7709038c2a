import {
  type Change,
  type CurrentItem,
  type HeldChange,
  isRef,
  type LedgerRow,
  netboxKey
} from '@proxbox/contracts'
import { leavingMatch } from '../going-away/leaving-match.ts'
import { clusterOfDevice } from '../going-away/listed.ts'
import { builtUponWhole, goingWith, hangingOn } from '../going-away/parts-of.ts'
import { type Chosen, chooseAnew, isChosen, primaryOf } from '../going-away/primary.ts'
import { staleTag } from '../going-away/stale-tag.ts'
import type { Matching } from '../identity/match.ts'
import { nodeOf } from '../key-of.ts'
import type { Desired } from '../options.ts'
import type { PlanInput } from '../plan-input.ts'
import { budget, budgetPlace } from './budget.ts'
import type { Gaps } from './gaps.ts'
import type { Guarded } from './guard.ts'
import { looseEnds } from './loose-ends.ts'
import { ownedOnly } from './owned-only.ts'
import { quarantined } from './quarantine.ts'
import { heldReferences } from './references.ts'
import { scopeChange } from './scope-change.ts'
import { spareGaps } from './spare-gaps.ts'
import { vanishedInBulk, vanishedKeys } from './vanished.ts'
import { waitForNames } from './wait-for-names.ts'
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

/** Pure: the cluster of a node: as read now, else as the Ledger knows it. */
function nodeClusters({ estate, ledger }: PlanInput): (id: string) => string | undefined {
  const known = new Map<string, string>()
  for (const row of ledger) {
    const cluster = row.kind === 'device' ? clusterOfDevice(row) : undefined
    if (cluster !== undefined) known.set(nodeOf(row.key) ?? '', cluster)
  }
  for (const { clusterId, nodes } of estate.clusters)
    for (const { nodeId } of nodes) known.set(nodeId, clusterId)
  return (id) => known.get(id)
}

/** Pure: asks, of an object that was not read, whether one that was refers to it; looked up when it is first asked. */
function referredIn(current: readonly CurrentItem[], matching: Matching) {
  let all: Set<string> | undefined
  return ({ kind, netbox_id }: LedgerRow): boolean => {
    const key = netboxKey(kind, netbox_id)
    if (matching.object(key) !== undefined) return false
    all ??= new Set(
      current.flatMap(({ fields }) =>
        Object.values(fields).flatMap((value) => (isRef(value) ? [value.ref] : []))
      )
    )
    return all.has(key)
  }
}

function vanishedFrom(
  { current, ledger, intents, options }: PlanInput,
  matching: Matching,
  clusterOfNode: (id: string) => string | undefined
): ReadonlySet<string> {
  const deleting = new Set(
    intents.filter(({ action }) => action === 'delete').map(({ key }) => key)
  )
  return vanishedKeys({
    rows: ledger.filter(({ key }) => matching.desiredKeys.has(key) && !deleting.has(key)),
    foundBy: (row: LedgerRow) => matching.byKey.get(row.key)?.by,
    place: (row) => budgetPlace(row, clusterOfNode),
    settings: options.settings,
    isReferred: referredIn(current, matching)
  })
}

/** Pure: the stale tag is made only where something gets it. */
function withoutIdleTag(changes: readonly Change[]): readonly Change[] {
  const isUsed = changes.some(
    ({ after }) =>
      Array.isArray(after.tags) && after.tags.some((one) => isRef(one) && one.ref === staleTag)
  )
  return isUsed
    ? changes
    : changes.filter(({ key, action }) => key !== staleTag || action !== 'create')
}

export interface GuardFacts {
  readonly input: PlanInput
  readonly desired: Desired
  readonly matching: Matching
  readonly gaps: Gaps
}

export interface AllGuarded extends Guarded {
  /** Keys of what vanished in bulk: not even the Ledger may learn another object for them. */
  readonly vanished: ReadonlySet<string>
}

/**
 * Pure: all guards, one after the other. In a Run that a person approved neither the budget, nor what vanished, nor a
 * cluster's change of scope holds anything; gaps, ownership, quarantine and references always do.
 */
export function allGuards(
  changes: readonly Change[],
  { input, desired, matching, gaps }: GuardFacts
): AllGuarded {
  const { ledger, options } = input
  const leaving = leavingMatch(matching, input)
  const clusterOfNode = nodeClusters(input)
  const isApproved = options.budget === false
  const vanished = isApproved ? new Set<string>() : vanishedFrom(input, matching, clusterOfNode)
  const builtUpon = (change: Change) =>
    builtUponWhole(change.key, leaving) ??
    (isChosen(change, matching) ? 'a person made it the primary address' : undefined)
  const asked: readonly Guard[] = isApproved
    ? []
    : [
        (some) => vanishedInBulk(some, vanished),
        (some) => scopeChange(some, input.current, matching.resolve),
        (some) =>
          budget(some, { ledger, wanted: desired.items, settings: options.settings, clusterOfNode })
      ]
  let chosen: Chosen = new Map()
  const waiting = new Set<string>()
  const primaries: Guard = (some) => {
    const anew = chooseAnew(some, desired.items, matching)
    chosen = anew.chosen
    return { kept: anew.changes, held: [] }
  }
  const { kept, held } = inTurn(changes, [
    (some) => ownedOnly(some, builtUpon),
    primaries,
    (some) => spareGaps(some, gaps),
    (some) => quarantined(some, input.quarantine, options.now),
    ...asked,
    (some) =>
      looseEnds(some, {
        chosen,
        primaryOf: (change) => primaryOf(change, matching),
        hangingOn: (change) => hangingOn(change, leaving)
      }),
    (some) => waitForNames(some, changes),
    (some) => {
      const yielded = waitForYield(some, changes, (ref) => matching.claimed.get(ref) ?? ref)
      for (const { change } of yielded.held) waiting.add(change.key)
      return yielded
    },
    (some) => heldReferences(some, (key) => matching.byKey.has(key) && !waiting.has(key))
  ])
  const deleted = new Set(
    kept.filter(({ kind, action }) => kind === 'vm' && action === 'delete').map(({ key }) => key)
  )
  return {
    kept: [...withoutIdleTag(kept), ...goingWith(deleted, ledger, matching)],
    held,
    vanished
  }
}
