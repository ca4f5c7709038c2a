import {
  type Adoption,
  type Change,
  type Conflict,
  type DecisionRule,
  type Fields,
  type HeldChange,
  type Intent,
  type Kept,
  type LedgerRow,
  labelAfter,
  type Outcome,
  ownValues,
  type Plan,
  type Quarantined,
  quarantineMinutes
} from '@proxbox/contracts'

/** With the fields that NetBox has taken; none while nothing was written. */
export interface StoredOutcome extends Outcome {
  readonly written: readonly string[] | undefined
}

/** What became of the Changes of one Run, as the inventory stores them: one row per Item. */
export interface StoredRun {
  readonly id: number
  readonly at: string
  readonly applied: Map<string, StoredOutcome>
  readonly held: HeldChange[]
}

/** Pure: what a Run has written: of each object the fields that NetBox has taken, with their values before. */
export const writtenIn = (run: StoredRun): Change[] =>
  [...run.applied.values()].flatMap(({ change, netbox_id, written }) => {
    if (written === undefined) return []
    const pick = (fields: Fields) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => written.includes(name)))
    // An object that is deleted is kept whole.
    if (change.action === 'delete') return [{ ...change, netbox_id }]
    return [{ ...change, netbox_id, before: pick(change.before), after: pick(change.after) }]
  })

/** What the inventory keeps of one NetBox. Mirrors apps/inventory without its tables. */
export class Inventory {
  readonly ledger = new Map<string, LedgerRow>()
  readonly intents = new Map<string, Intent>()
  readonly quarantine = new Map<string, Quarantined>()
  /** Since when addresses that NetBox does not have are seen, by key. */
  readonly seen = new Map<string, string>()
  readonly decisions: DecisionRule[] = []
  readonly runs: StoredRun[] = []
  conflicts: readonly Conflict[] = []
  /** By key: where fields come from, for explain. */
  readonly sources = new Map<string, Record<string, string>>()

  /** Remembers everything; the function brings it back. */
  save(): () => void {
    const maps = [this.ledger, this.intents, this.quarantine, this.sources, this.seen] as Map<
      string,
      unknown
    >[] // rows are replaced, never changed in place
    const saved = maps.map((map) => new Map(map))
    const decisions = [...this.decisions]
    const runs = this.runs.map((run) => ({ ...run, applied: new Map(run.applied) }))
    const { conflicts } = this
    return () => {
      maps.forEach((map, index) => {
        map.clear()
        for (const [key, row] of saved[index] ?? []) map.set(key, row)
      })
      this.decisions.splice(0, this.decisions.length, ...decisions)
      this.runs.splice(
        0,
        this.runs.length,
        ...runs.map((run) => ({ ...run, applied: new Map(run.applied) }))
      )
      this.conflicts = conflicts
    }
  }

  begin(at: string): StoredRun {
    const run = { id: this.runs.length + 1, at, applied: new Map(), held: [] }
    this.runs.push(run)
    return run
  }

  /** What every Run stores of addresses, also one that writes nothing. */
  remember({ seen }: Pick<Plan, 'seen'>): void {
    for (const { key, since } of seen.begun) this.seen.set(key, since)
    for (const key of seen.ended) this.seen.delete(key)
  }

  announce(changes: readonly Change[]): void {
    for (const change of changes) {
      const { key, kind, action, netbox_id, before } = change
      this.intents.set(key, { key, kind, action, netbox_id, before, values: ownValues(change) })
    }
  }

  adopt(adoptions: readonly Adoption[]): void {
    for (const one of adoptions) {
      const { key, kind, label, netbox_id, origin, values, evidence } = one
      this.put({ key, kind, label, netbox_id, origin, values, evidence }, one)
      // What could not be created has been found.
      if (this.quarantine.get(key)?.action === 'create') this.quarantine.delete(key)
      if (one.sources !== undefined) {
        this.sources.set(key, { ...this.sources.get(key), ...one.sources })
      }
    }
  }

  /** What became of an announced write. */
  record(run: StoredRun, outcome: Outcome): void {
    const { change, state, netbox_id } = outcome
    this.store(run, outcome)
    this.intents.delete(change.key)
    if (state === 'refused') this.refuse(run, outcome)
    if (state !== 'done') return
    // Where NetBox has refused one step and takes another, what it refused is not written.
    if (run.applied.get(change.key)?.state !== 'refused') this.quarantine.delete(change.key)
    const { key, kind, origin, evidence = {} } = change
    if (change.action === 'delete') this.ledger.delete(key)
    else if (netbox_id !== null) {
      const kept = this.stillKept(key, change.after)
      const told = kept === undefined ? change : { ...change, kept }
      const values = ownValues(change)
      const label = labelAfter(change)
      this.put({ key, kind, label, netbox_id, origin, values, evidence }, told)
    }
  }

  /** A Change that is written in two steps keeps its action and gathers its fields. */
  private store(run: StoredRun, outcome: Outcome): void {
    const { change } = outcome
    const known = run.applied.get(change.key)
    const taken = outcome.state === 'done' ? Object.keys(change.after) : undefined
    if (known === undefined) {
      run.applied.set(change.key, { ...outcome, written: taken })
      return
    }
    // The last value that NetBox has taken counts, not one that it has refused since.
    const after =
      taken === undefined
        ? { ...change.after, ...known.change.after }
        : { ...known.change.after, ...change.after }
    const written = [...(known.written ?? []), ...(taken ?? [])]
    const isTaken = taken !== undefined && Object.keys(after).every((one) => written.includes(one))
    const isAfter = (known.state === 'skipped' && taken !== undefined) || known.state === 'refused'
    const isStillOpen = isAfter && outcome.state !== 'refused' && !isTaken
    const result = isStillOpen ? known : outcome
    run.applied.set(change.key, {
      change: {
        ...change,
        label: known.change.label,
        action: change.action === 'update' ? known.change.action : change.action,
        before: { ...change.before, ...known.change.before },
        after,
        why: { ...known.change.why, ...change.why }
      },
      state: result.state,
      detail: result.detail,
      netbox_id: outcome.netbox_id ?? known.netbox_id,
      written: taken === undefined ? known.written : written
    })
  }

  private refuse(run: StoredRun, { change, detail }: Outcome): void {
    const { key, kind, action, after } = change
    const failures = (this.quarantine.get(key)?.failures ?? 0) + 1
    const retry = Date.parse(run.at) + quarantineMinutes(failures) * 60_000
    const retry_at = new Date(retry).toISOString()
    this.quarantine.set(key, { key, kind, action, values: after, detail, failures, retry_at })
  }

  /** What is written is kept no more; of a set the elements that a person took away are, whatever else of it is written. */
  private stillKept(key: string, written: Fields): Record<string, Kept> | undefined {
    const { kept } = this.ledger.get(key) ?? {}
    if (kept === undefined) return undefined
    return Object.fromEntries(
      Object.entries(kept).filter(
        ([field, { wanted }]) => !(field in written) || Array.isArray(wanted)
      )
    )
  }

  /** An Item is one object, and an object one Item: of another object that it was nothing is known any more. */
  private sameObject({
    key,
    kind,
    netbox_id
  }: Pick<LedgerRow, 'key' | 'kind' | 'netbox_id'>): LedgerRow | undefined {
    for (const other of this.ledger.values()) {
      if (other.key !== key && other.kind === kind && other.netbox_id === netbox_id)
        this.ledger.delete(other.key)
    }
    const known = this.ledger.get(key)
    return known?.netbox_id === netbox_id ? known : undefined
  }

  private put(
    row: Omit<LedgerRow, 'last_written' | 'first_missing_at' | 'drifts' | 'kept'> & {
      values: Fields
    },
    told: Pick<Adoption, 'drifts' | 'kept' | 'missing_since'>
  ): void {
    const { values, ...rest } = row
    const known = this.sameObject(rest)
    const drifts = told.drifts ?? known?.drifts
    const kept = told.kept ?? known?.kept
    this.intents.delete(row.key)
    this.seen.delete(row.key)
    this.ledger.set(row.key, {
      ...rest,
      last_written: { ...known?.last_written, ...values },
      evidence: { ...known?.evidence, ...row.evidence },
      first_missing_at:
        told.missing_since === undefined ? (known?.first_missing_at ?? null) : told.missing_since,
      ...(drifts === undefined ? {} : { drifts }),
      ...(kept === undefined ? {} : { kept })
    })
  }
}
