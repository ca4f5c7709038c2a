import {
  type BackendEvent,
  type CompleteResult,
  type Counts,
  type ErrorFacts,
  frameLimits,
  type KindName,
  type ReportedError,
  type StepEvent,
  sumOf
} from '@proxbox/contracts'

export interface Warning {
  readonly step: string
  readonly code: string
  readonly detail: string
  readonly disposition: 'wait' | 'stop' | 'bug'
  readonly rowid?: string
}

/**
 * Tells a Run's story as Events: progress merged to at most 10 a second (the latest wins), warnings up to 1,000, one
 * `complete` at the end. Counts are kept here because `complete` reports them.
 */
export interface Reporter {
  step(step: string, status: 'started' | 'completed', message: string, result?: Counts): void
  progress(step: string, current: number, total: number, message: string): void
  warn(warning: Warning): void
  /** What holds the Run up and may pass: a warning that is no error of the Run, so `complete` does not list it. */
  waiting(warning: Warning): void
  count(kind: KindName | string, what: keyof Omit<Counts, 'count'>, by?: number): void
  countsOf(kinds: readonly string[]): Counts
  /** How many warnings came from what NetBox refused. */
  readonly refused: () => number
  refuse(): void
  complete(ok: boolean, message: string, result: Omit<CompleteResult, 'counts'>): void
  /** `error`, then `complete` with `ok: false`. */
  fail(step: string, facts: ErrorFacts, result: Omit<CompleteResult, 'counts'>): void
}

const noCounts: Counts = { count: 0, created: 0, updated: 0, deleted: 0, unchanged: 0, held: 0 }
const gapsListed = 200
const cut = (text: string): string =>
  text.length > frameLimits.textChars ? `${text.slice(0, frameLimits.textChars - 1)}…` : text

export function openReporter(emit: (event: BackendEvent) => void, now: () => number): Reporter {
  const counts = new Map<string, Counts>()
  const errors = openErrorList()
  const gate = openProgressGate(emit, now)
  let refused = 0
  const complete = (ok: boolean, message: string, result: Omit<CompleteResult, 'counts'>) => {
    const facts = {
      ...result,
      gaps: result.gaps.slice(0, gapsListed),
      counts: sortedCounts(counts)
    }
    const data = {
      ok,
      message: cut(message),
      result: facts,
      errors: errors.listed(),
      errors_total: errors.total()
    }
    gate.send(fitted({ event: 'complete', data }))
  }
  return {
    step: (step, status, message, result) =>
      gate.send(stepEvent({ step, status, message, ...(result === undefined ? {} : { result }) })),
    progress(step, current, total, message) {
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * current) / total))
      gate.offer(
        stepEvent({ step, status: 'progress', message, progress: { current, total, percent } })
      )
    },
    waiting: ({ step, code, detail, disposition }) =>
      gate.send(stepEvent({ step, status: 'warning', message: detail, code, disposition })),
    warn({ step, code, detail, disposition, rowid }) {
      errors.add({ detail: cut(detail), code, disposition })
      if (errors.total() > frameLimits.warningsPerRun) return
      const row = rowid === undefined ? {} : { rowid }
      gate.send(stepEvent({ step, status: 'warning', message: detail, code, disposition, ...row }))
    },
    count(kind, what, by = 1) {
      const old = counts.get(kind) ?? noCounts
      counts.set(kind, { ...old, [what]: old[what] + by, count: old.count + by })
    },
    countsOf: (kinds) => kinds.map((kind) => counts.get(kind) ?? noCounts).reduce(sumOf, noCounts),
    refused: () => refused,
    refuse: () => {
      refused += 1
    },
    complete,
    fail(step, facts, result) {
      const detail = cut(facts.detail)
      errors.addFirst({ ...facts, detail })
      gate.send({
        event: 'error',
        data: {
          step,
          status: 'failed',
          error: detail,
          detail,
          code: facts.code,
          disposition: facts.disposition
        }
      })
      complete(false, detail, result)
    }
  }
}

const stepEvent = (data: StepEvent['data']): StepEvent => ({
  event: 'step',
  data: { ...data, message: cut(data.message) }
})

const sortedCounts = (counts: ReadonlyMap<string, Counts>) =>
  Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b)))

/** Lets at most 10 progress Events a second through; anything else first sends the progress that waits. */
function openProgressGate(emit: (event: BackendEvent) => void, now: () => number) {
  const pauseMs = 1000 / frameLimits.progressPerSecond
  let waiting: BackendEvent | undefined
  let lastMs = Number.NEGATIVE_INFINITY
  const flush = () => {
    if (waiting !== undefined) emit(waiting)
    waiting = undefined
  }
  return {
    send(event: BackendEvent) {
      flush()
      emit(event)
    },
    offer(event: BackendEvent) {
      waiting = event
      if (now() - lastMs < pauseMs) return
      lastMs = now()
      flush()
    }
  }
}

/** The first errors of a Run, and how many there were. */
function openErrorList() {
  const list: ReportedError[] = []
  let total = 0
  return {
    add(error: ReportedError) {
      total += 1
      if (list.length < frameLimits.errorsListed) list.push(error)
    },
    addFirst(error: ReportedError) {
      total += 1
      list.unshift(error)
      list.splice(frameLimits.errorsListed)
    },
    listed: () => [...list],
    total: () => total
  }
}

/** Leaves out listed errors, then gaps, until the Event fits into a Frame (room for run_id, seq and at included). */
function fitted(event: Extract<BackendEvent, { event: 'complete' }>): BackendEvent {
  const room = frameLimits.bytes - 1024
  const size = () => Buffer.byteLength(JSON.stringify(event.data))
  const { errors, result } = event.data
  while (size() > room && errors.length > 1) errors.splice(Math.ceil(errors.length / 2))
  while (size() > room && result.gaps.length > 1)
    result.gaps.splice(Math.ceil(result.gaps.length / 2))
  return event
}
