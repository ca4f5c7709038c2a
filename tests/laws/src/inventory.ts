import {
  type Adoption,
  type Change,
  type Conflict,
  type DecisionRule,
  type Fields,
  type HeldChange,
  type Intent,
  type LedgerRow,
  type Outcome,
  type Plan,
  type Quarantined,
  quarantineMinutes
} from '@proxbox/contracts'

/** What became of the Changes of one Run, as the inventory stores them: one row per Item. */
export interface StoredRun {
  readonly id: number
  readonly at: string
  readonly applied: Map<string, Outcome>
  readonly held: HeldChange[]
}

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
    for (const { key, kind, action, netbox_id, before, after } of changes) {
      this.intents.set(key, { key, kind, action, netbox_id, before, values: after })
    }
  }

  adopt(adoptions: readonly Adoption[]): void {
    for (const one of adoptions) {
      const { key, kind, netbox_id, origin, values, evidence } = one
      this.put({ key, kind, netbox_id, origin, values, evidence }, one)
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
    this.quarantine.delete(change.key)
    const { key, kind, origin, evidence = {} } = change
    if (change.action === 'delete') this.ledger.delete(key)
    else if (netbox_id !== null)
      this.put({ key, kind, netbox_id, origin, values: change.after, evidence }, change)
  }

  /** A Change that is written in two steps keeps its action and gathers its fields. */
  private store(run: StoredRun, outcome: Outcome): void {
    const { change } = outcome
    const known = run.applied.get(change.key)
    if (known === undefined) {
      run.applied.set(change.key, outcome)
      return
    }
    const isAfterRefusal = outcome.state === 'skipped' && known.state === 'refused'
    const result = isAfterRefusal ? known : outcome
    run.applied.set(change.key, {
      change: {
        ...change,
        action: change.action === 'update' ? known.change.action : change.action,
        before: { ...change.before, ...known.change.before },
        after: { ...known.change.after, ...change.after },
        why: { ...known.change.why, ...change.why }
      },
      state: result.state,
      detail: result.detail,
      netbox_id: outcome.netbox_id ?? known.netbox_id
    })
  }

  private refuse(run: StoredRun, { change, detail }: Outcome): void {
    const { key, kind, action, after } = change
    const failures = (this.quarantine.get(key)?.failures ?? 0) + 1
    const retry = Date.parse(run.at) + quarantineMinutes(failures) * 60_000
    const retry_at = new Date(retry).toISOString()
    this.quarantine.set(key, { key, kind, action, values: after, detail, failures, retry_at })
  }

  private put(
    row: Pick<LedgerRow, 'key' | 'kind' | 'netbox_id' | 'origin' | 'evidence'> & { values: Fields },
    told: Pick<Adoption, 'drifts' | 'kept' | 'missing_since'>
  ): void {
    const { values, ...rest } = row
    const known = this.ledger.get(row.key)
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
