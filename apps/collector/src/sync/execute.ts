import {
  type Change,
  type FieldValue,
  isRef,
  netboxIdFrom,
  netboxKey,
  type Outcome,
  type Plan,
  type PlanStep
} from '@proxbox/contracts'
import {
  type NetBox,
  readItemsById,
  type WriteEntry,
  type WriteResult,
  writeBatch
} from '@proxbox/netbox'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'
import { hasMoved } from './has-moved.ts'
import { createIntents, intentsOf, sentChange } from './intents.ts'
import { type Outcomes, openOutcomes } from './outcomes.ts'
import type { Places } from './places.ts'
import { type Names, objectSentence } from './sentences.ts'

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
  const outcomes = openOutcomes((some) => report(some, countParts))
  const announced = new Map<PlanStep, Promise<void>>()
  const stepParts = { ...countParts, changes, outcomes, announced }
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
}

/** One object on its way: the Change with only the fields that this step sends. */
interface Sending {
  readonly change: Change
  readonly entry: WriteEntry
  readonly mac: Change | undefined
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
    const resolved = sendingFrom(step, planned, parts)
    if (resolved === undefined) continue
    if ('entry' in resolved) sendings.push(resolved)
    else leftOut.push(resolved)
  }
  const { still, moved } = await withoutMoved(step, sendings, parts, signal)
  parts.outcomes.add([...leftOut, ...moved])
  if (still.length === 0) return
  // An outcome of the same object that came in late would end the new intent.
  if (step.action !== 'create') await parts.outcomes.stored()
  await (parts.announced.get(step) ?? parts.facts.announce(still.flatMap(intentsOf)))
  if (next?.action === 'create') announceAhead(next, parts)
  await write(step, still, parts, signal)
}

/** What to send, or why it cannot be sent; undefined for late fields of an object whose creation failed and was told. */
function sendingFrom(
  step: PlanStep,
  planned: PlanStep['entries'][number],
  parts: StepParts
): Sending | Outcome | undefined {
  const { whole, change } = sentChange(step, planned, parts.changes)
  const netboxId = change.netbox_id ?? netboxIdFrom(parts.places.get(planned.key) ?? '') ?? null
  if (step.action !== 'create' && netboxId === null) {
    if (whole.action === 'create') return undefined
    return { change, state: 'skipped', netbox_id: null, detail: 'it is not in NetBox' }
  }
  const missing: string[] = []
  const fields = Object.fromEntries(
    Object.entries(change.after).map(([name, value]) => [
      name,
      resolved(value, parts.places, missing)
    ])
  )
  if (missing.length > 0)
    return {
      change,
      state: 'skipped',
      netbox_id: netboxId,
      detail: `it refers to ${nameOf(missing[0], parts)}, which is not in NetBox`
    }
  const mac = planned.with_mac === undefined ? undefined : parts.changes.get(planned.with_mac)
  const address = mac?.after.mac_address
  const entry: WriteEntry = {
    key: planned.key,
    netboxId,
    label: whole.label,
    fields: step.action === 'delete' ? {} : fields,
    ...(mac === undefined || typeof address !== 'string' ? {} : { mac: { key: mac.key, address } })
  }
  return { change: { ...change, netbox_id: netboxId }, entry, mac }
}

function nameOf(key: string | undefined, { changes }: StepParts): string {
  const change = changes.get(key ?? '')
  return change === undefined ? String(key) : `${change.kind} ${change.label}`
}

function resolved(value: FieldValue, places: Places, missing: string[]): FieldValue {
  if (Array.isArray(value)) return value.map((one: FieldValue) => resolved(one, places, missing))
  if (!isRef(value)) return value
  if (netboxIdFrom(value.ref) !== undefined) return value
  const place = places.get(value.ref)
  if (place === undefined) {
    missing.push(value.ref)
    return value
  }
  return { ref: place }
}

async function withoutMoved(
  step: PlanStep,
  sendings: readonly Sending[],
  parts: StepParts,
  signal: AbortSignal
) {
  const foreign =
    step.action === 'create'
      ? []
      : sendings.filter((sending) => !parts.created.has(sending.change.key))
  if (foreign.length === 0) return { still: sendings, moved: [] }
  const ids = foreign.map((sending) => sending.entry.netboxId).filter((id) => id !== null)
  const now = new Map(
    (await readItemsById(parts.netbox, step.kind, ids, signal)).map((item) => [
      item.netbox_id,
      item
    ])
  )
  const gone = new Set(
    foreign.filter((sending) =>
      hasMoved(sending.change, now.get(sending.entry.netboxId ?? 0), parts.places)
    )
  )
  const moved: Outcome[] = [...gone].map(({ change }) => ({
    change,
    state: 'moved',
    netbox_id: change.netbox_id,
    detail: 'it was changed in NetBox after it was planned'
  }))
  return { still: sendings.filter((sending) => !gone.has(sending)), moved }
}

async function write(
  step: PlanStep,
  sendings: readonly Sending[],
  parts: StepParts,
  signal: AbortSignal
): Promise<void> {
  const byKey = new Map(sendings.map((sending) => [sending.change.key, sending]))
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
    if (recorded.length >= outcomesPerCall) {
      parts.outcomes.add(recorded)
      recorded = []
    }
  }
  parts.outcomes.add(recorded)
}

function outcomesOf({ change, mac }: Sending, result: WriteResult, parts: StepParts): Outcome[] {
  if (result.state === 'refused') {
    const refused: Outcome = {
      change,
      state: 'refused',
      netbox_id: change.netbox_id,
      detail: result.detail
    }
    return mac === undefined
      ? [refused]
      : [
          refused,
          { change: mac, state: 'skipped', netbox_id: null, detail: 'its interface was refused' }
        ]
  }
  if (change.action === 'create') parts.created.add(change.key)
  if (change.action === 'delete') parts.places.delete(change.key)
  else parts.places.set(change.key, netboxKey(change.kind, result.netboxId))
  const done: Outcome = {
    change: { ...change, netbox_id: result.netboxId },
    state: 'done',
    netbox_id: result.netboxId,
    detail: ''
  }
  if (mac === undefined || result.mac === undefined) return [done]
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

const counted = { create: 'created', update: 'updated', delete: 'deleted' } as const

/** A late field of an object that this Run created is part of its creation. */
function countDone(change: Change, { created, reporter }: CountParts): void {
  if (change.action === 'update' && created.has(change.key)) return
  reporter.count(change.kind, counted[change.action])
}

/** Stores outcomes and tells people: done ones as counts, all others as warnings. */
async function report(outcomes: readonly Outcome[], parts: CountParts): Promise<void> {
  if (outcomes.length === 0) return
  await parts.facts.record(outcomes)
  for (const outcome of outcomes) {
    const { change, state } = outcome
    if (state === 'done') {
      countDone(change, parts)
      continue
    }
    const code = state === 'moved' ? 'ITEM_MOVED' : 'ITEM_REFUSED'
    parts.reporter.refuse()
    parts.reporter.warn({
      step: change.kind,
      code,
      disposition: 'stop',
      rowid: change.label,
      detail: objectSentence({ label: change.label, code, detail: whyNot(outcome) }, parts.names)
    })
  }
  const done = outcomes.filter((outcome) => outcome.state === 'done')
  parts.onWritten(done.length)
}

function whyNot({ change, state, detail }: Outcome): string {
  const what = `${change.kind} ${change.label}`
  const text = detail.replace(/\.$/, '')
  return state === 'refused' ? `${what} was refused: ${text}.` : `${what} was left out: ${text}.`
}
