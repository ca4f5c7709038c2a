import { type Change, netboxKey, type Outcome, type Plan, type PlanStep } from '@proxbox/contracts'
import { type NetBox, type WriteResult, writeBatch } from '@proxbox/netbox'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'
import { createIntents, intentsOf } from './intents.ts'
import { type Outcomes, openOutcomes } from './outcomes.ts'
import { reportOutcomes } from './report-outcomes.ts'
import { type Sending, sendingFrom, withoutInterface } from './sendings.ts'
import type { Names } from './sentences.ts'
import { withoutMoved } from './without-moved.ts'

export interface ExecuteParts {
  readonly netbox: NetBox
  readonly facts: Facts
  readonly reporter: Reporter
  readonly names: Pick<Names, 'netbox'>
  /** Where everything of ours is in NetBox; grows while objects are created. Keys become ids here and only here. */
  readonly places: Map<string, string>
  /** Called with the number of written objects. */
  readonly onWritten: (objects: number) => void
}

const outcomesPerCall = 200

/**
 * Writes a Plan step by step: re-read what will be updated or deleted and leave out what moved; store the intents;
 * write; store the outcomes. One refused object is reported and everything else goes on. NetBox does not wait for the
 * inventory: outcomes are stored while the next write goes on, and what the next step creates is announced meanwhile.
 */
export async function execute(
  plan: Pick<Plan, 'changes' | 'steps'>,
  parts: ExecuteParts,
  signal: AbortSignal
): Promise<void> {
  const changes = new Map(plan.changes.map((change) => [change.key, change]))
  const created = new Set<string>()
  const countParts = { ...parts, created }
  const reportParts = { ...countParts, updated: new Set<string>() }
  const outcomes = openOutcomes((some) => reportOutcomes(some, reportParts))
  const announced = new Map<PlanStep, Promise<void>>()
  const goingWith = Map.groupBy(plan.changes, ({ goes_with: owner }) => owner ?? '')
  const left = new Set<string>()
  const stepParts = { ...countParts, changes, goingWith, outcomes, announced, left }
  try {
    for (const [index, step] of plan.steps.entries())
      await executeStep({ step, next: plan.steps[index + 1] }, stepParts, signal)
  } finally {
    await Promise.allSettled([outcomes.stored(), ...announced.values()])
  }
  await outcomes.stored()
}

interface CountParts extends ExecuteParts {
  /** Keys that this Run created: nobody else can have changed them yet. */
  readonly created: Set<string>
}

interface StepParts extends CountParts {
  readonly outcomes: Outcomes
  /** Steps whose intents are on their way already. */
  readonly announced: Map<PlanStep, Promise<void>>
  readonly changes: ReadonlyMap<string, Change>
  /** Keys of what had moved when it was its turn: no later step sends more of it. */
  readonly left: Set<string>
  /** What NetBox deletes together with an object, by the object's key. */
  readonly goingWith: ReadonlyMap<string, readonly Change[]>
}

/** What a step creates is known before it is its turn; what then cannot be sent gets its outcome like any other. */
function announceAhead(step: PlanStep, { changes, facts, announced }: StepParts): void {
  const announcing = facts.announce(createIntents(step, changes))
  announced.set(step, announcing)
  // Heard when it is the step's turn; a Run that ends before must not leave it unheard.
  announcing.catch(() => undefined)
}

async function executeStep(
  { step, next }: { readonly step: PlanStep; readonly next: PlanStep | undefined },
  parts: StepParts,
  signal: AbortSignal
): Promise<void> {
  const sendings: Sending[] = []
  const leftOut: Outcome[] = []
  for (const planned of step.entries) {
    if (parts.left.has(planned.key)) continue
    const resolved = sendingFrom(step, planned, parts)
    if ('entry' in resolved) sendings.push(resolved)
    else leftOut.push(...resolved)
  }
  const { still, moved } = await withoutMoved(step, sendings, parts, signal)
  for (const { change } of moved) parts.left.add(change.key)
  parts.outcomes.add([...leftOut, ...moved])
  if (still.length === 0) return
  // An outcome of the same object that came in late would end the new intent.
  if (step.action !== 'create') await parts.outcomes.stored()
  const parting = still.flatMap(({ change }) => goneWith(change, parts))
  const intents = [...still, ...parting.map((change) => ({ change, mac: undefined }))]
  await (parts.announced.get(step) ?? parts.facts.announce(intents.flatMap(intentsOf)))
  if (next?.action === 'create') announceAhead(next, parts)
  await write(step, still, parts, signal)
}

const goneWith = ({ key, action }: Change, { goingWith }: StepParts): readonly Change[] =>
  action === 'delete' ? (goingWith.get(key) ?? []) : []

async function write(
  step: PlanStep,
  sendings: readonly Sending[],
  parts: StepParts,
  signal: AbortSignal
): Promise<void> {
  const byKey = new Map(sendings.map((sending) => [sending.change.key, sending]))
  const rests: Outcome[] = []
  let recorded: Outcome[] = []
  for await (const result of writeBatch(
    parts.netbox,
    { kind: step.kind, action: step.action, entries: sendings.map((sending) => sending.entry) },
    signal
  )) {
    const sending = byKey.get(result.key)
    if (sending === undefined)
      throw new Error(`NetBox answered for ${result.key}, which was not sent`)
    recorded.push(...outcomesOf(sending, result, parts))
    if (result.state === 'done' && sending.rest !== undefined) rests.push(sending.rest)
    if (recorded.length >= outcomesPerCall) {
      parts.outcomes.add(recorded)
      recorded = []
    }
  }
  parts.outcomes.add(recorded)
  // After what was written of the same objects, and in no list with it: the last outcome of an object counts.
  parts.outcomes.add(rests)
}

function outcomesOf({ change, mac }: Sending, result: WriteResult, parts: StepParts): Outcome[] {
  if (result.state === 'refused') {
    const refused: Outcome = {
      change,
      state: 'refused',
      netbox_id: change.netbox_id,
      detail: result.detail
    }
    return mac === undefined ? [refused] : [refused, withoutInterface(mac)]
  }
  if (change.action === 'create') parts.created.add(change.key)
  if (change.action === 'delete') parts.places.delete(change.key)
  else parts.places.set(change.key, netboxKey(change.kind, result.netboxId))
  // NetBox makes the MAC that came along the primary one.
  const isTogether = mac !== undefined && result.mac !== undefined
  const primary = isTogether ? { primary_mac_address: { ref: mac.key } } : {}
  const done: Outcome = {
    change: { ...change, netbox_id: result.netboxId, after: { ...change.after, ...primary } },
    state: 'done',
    netbox_id: result.netboxId,
    detail: ''
  }
  const gone = goneWith(change, parts).map((one): Outcome => {
    parts.places.delete(one.key)
    return { change: one, state: 'done', netbox_id: one.netbox_id, detail: '' }
  })
  if (mac === undefined || result.mac === undefined) return [done, ...gone]
  parts.created.add(mac.key)
  parts.places.set(mac.key, netboxKey(mac.kind, result.mac.netboxId))
  return [
    done,
    {
      change: { ...mac, netbox_id: result.mac.netboxId },
      state: 'done',
      netbox_id: result.mac.netboxId,
      detail: ''
    }
  ]
}
