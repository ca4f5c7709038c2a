/** Every fault, for those who try all of them. */
export const faultKinds = [
  'unauthorized',
  'forbidden',
  'internal',
  'not-implemented',
  'unreachable',
  'timeout',
  'slow',
  'truncated',
  'cut-json',
  'empty-body',
  'empty-list',
  'empty-object',
  'null-data',
  'half',
  'wrong-types',
  'not-json',
  'disconnect'
] as const

/** What a fault does to a request that it meets. */
export type FaultKind =
  /** 401: the credential ran out or was taken back. */
  | 'unauthorized'
  /** 403 with PVE's words. */
  | 'forbidden'
  /** 500 with a JSON body. */
  | 'internal'
  /** 501: a path that this release does not know. */
  | 'not-implemented'
  /** 595: the node cannot be reached; no body. */
  | 'unreachable'
  /** 596: nothing came within 30 s; no body. */
  | 'timeout'
  /** The right answer after `delayMs`. */
  | 'slow'
  /** Half of the right body, then the connection breaks. */
  | 'truncated'
  /** 200 with half of the JSON, as long as it says it is. */
  | 'cut-json'
  /** 200 without a byte. */
  | 'empty-body'
  | 'empty-list'
  | 'empty-object'
  | 'null-data'
  /** Every second row of a list, every second member of an object. */
  | 'half'
  /** Each leaf is of another type: a number where text was, a list in place of a number. */
  | 'wrong-types'
  /** 200 with a page of HTML. */
  | 'not-json'
  /** The connection breaks without an answer. */
  | 'disconnect'

export interface FaultTarget {
  method: string
  /** Below /api2/json. */
  path: string
  query: Record<string, string>
  /** The template of the path, such as `/nodes/{node}/status`. */
  route: string
}

export interface Fault {
  kind: FaultKind
  /**
   * Which requests: a predicate, a part of the path, a pattern for it, or a template of paths such as
   * `/nodes/{node}/status`. A predicate is asked before the answer is
   * made, so one that changes the world and returns false moves a guest in the middle of a read.
   */
  on: ((target: FaultTarget) => boolean) | string | RegExp
  /** How often it strikes; absent means always. */
  times?: number
  /** Only for `slow`; default 1000. */
  delayMs?: number
}

export interface FaultPlan {
  /** Adds a fault and returns the function that takes it back. */
  add(fault: Fault): () => void
  /** Closes the next connections right after accept, as a host deny list does. */
  closeOnAccept(connections?: number): void
  clear(): void
  /** The first fault that meets this request; counts it as used. */
  next(target: FaultTarget): Fault | null
  /** True when a connection that was just accepted is to be closed; counts it. */
  refusesConnection(): boolean
}

export function createFaultPlan(): FaultPlan {
  let planned: { fault: Fault; left: number }[] = []
  let refusals = 0
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      planned.push(entry)
      return () => {
        planned = planned.filter((other) => other !== entry)
      }
    },
    closeOnAccept(connections = Number.POSITIVE_INFINITY) {
      refusals = connections
    },
    clear() {
      planned = []
      refusals = 0
    },
    next(target) {
      const entry = planned.find(({ fault, left }) => left > 0 && meets(fault, target))
      if (entry === undefined) return null
      entry.left -= 1
      return entry.fault
    },
    refusesConnection() {
      if (refusals <= 0) return false
      refusals -= 1
      return true
    }
  }
}

function meets({ on }: Fault, target: FaultTarget): boolean {
  if (typeof on === 'function') return on(target)
  if (typeof on !== 'string') return on.test(target.path)
  return on.includes('{') ? target.route === on : target.path.includes(on)
}
