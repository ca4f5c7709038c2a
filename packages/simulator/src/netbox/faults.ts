/** What goes wrong with one request, and where. */
export type Fault =
  | { readonly kind: 'slow'; readonly ms: number }
  | {
      readonly kind: 'status'
      readonly status: 429 | 500 | 502 | 503 | 504
      readonly retryAfter?: number
    }
  /** The connection ends before NetBox sees the request. */
  | { readonly kind: 'drop' }
  /** NetBox stores the change; the client never learns of it. */
  | { readonly kind: 'commit-then-drop' }
  | { readonly kind: 'commit-then-stall' }
  /** Half of the answer, then the end of the connection. */
  | { readonly kind: 'half' }

export interface FaultMatch {
  readonly method?: string
  /** Part of the path. */
  readonly path?: string
}

/** Faults by request: the nth (from 1) that matches, `times` in a row (default 1). */
export class FaultPlan {
  readonly #planned: {
    readonly fault: Fault
    readonly match: FaultMatch
    wait: number
    times: number
  }[] = []

  add(fault: Fault, match: FaultMatch = {}, { nth = 1, times = 1 } = {}): void {
    this.#planned.push({ fault, match, wait: nth - 1, times })
  }

  clear(): void {
    this.#planned.length = 0
  }

  /** Planned, but not yet happened. */
  get pending(): number {
    return this.#planned.length
  }

  /** Counts this request; the fault that strikes it, if any. */
  next(method: string, path: string): Fault | undefined {
    let struck: Fault | undefined
    for (const plan of [...this.#planned]) {
      if (plan.match.method && plan.match.method !== method) continue
      if (plan.match.path && !path.includes(plan.match.path)) continue
      if (plan.wait > 0) plan.wait--
      else if (!struck) {
        struck = plan.fault
        plan.times--
        if (plan.times === 0) this.#planned.splice(this.#planned.indexOf(plan), 1)
      }
    }
    return struck
  }
}
