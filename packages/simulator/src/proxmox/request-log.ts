export interface LoggedRequest {
  method: string
  path: string
  /** Template of the path. */
  route: string
  node: string
  cost: 'P' | 'D'
  status: number
}

interface Load {
  node: string
  cost: 'P' | 'D'
  /** Set for agent questions. */
  vmid?: string
}

/** What was asked of a server, counted: the counts are of all requests, entries are kept of the newest only. */
export interface RequestLog {
  /** Number of requests, or of those whose path contains the text or meets the pattern. */
  count(part?: string | RegExp): number
  /** Counts by path template. */
  byPath(): Record<string, number>
  byNode(): Record<string, number>
  entries(): readonly LoggedRequest[]
  /** Most requests that were under way at once, per node and cost class. */
  inFlightMax(): Record<string, { P: number; D: number }>
  /** Most agent questions that were under way at once, per vmid. */
  agentInFlightMax(): Record<string, number>
  reset(): void
  /** Notes a start; the returned function notes the end. */
  begin(load: Load): (entry: LoggedRequest) => void
}

const KEPT = 10_000
/** From here on unseen paths are counted under their template, so that a long-lived server stays small. */
const DISTINCT_PATHS = 200_000

export function createRequestLog(): RequestLog {
  let total = 0
  let kept: LoggedRequest[] = []
  let exact = new Map<string, number>()
  let paths = new Map<string, number>()
  let nodes = new Map<string, number>()
  let loadMax: Record<string, { P: number; D: number }> = {}
  let agentMax: Record<string, number> = {}
  const load: Record<string, { P: number; D: number }> = {}
  const agents = new Map<string, number>()

  const note = (entry: LoggedRequest) => {
    total += 1
    kept.push(entry)
    if (kept.length > KEPT) kept = kept.slice(KEPT / 10)
    const key = exact.size < DISTINCT_PATHS || exact.has(entry.path) ? entry.path : entry.route
    exact.set(key, (exact.get(key) ?? 0) + 1)
    paths.set(entry.route, (paths.get(entry.route) ?? 0) + 1)
    nodes.set(entry.node, (nodes.get(entry.node) ?? 0) + 1)
  }
  const countAgent = (vmid: string | undefined, step: 1 | -1) => {
    if (vmid === undefined) return
    const now = (agents.get(vmid) ?? 0) + step
    agents.set(vmid, now)
    agentMax[vmid] = Math.max(agentMax[vmid] ?? 0, now)
  }
  const countLoad = ({ node, cost }: Load, step: 1 | -1) => {
    load[node] ??= { P: 0, D: 0 }
    load[node][cost] += step
    loadMax[node] ??= { P: 0, D: 0 }
    loadMax[node][cost] = Math.max(loadMax[node][cost], load[node][cost])
  }
  return {
    count: (part) => {
      if (part === undefined) return total
      const meets = (path: string) =>
        typeof part === 'string' ? path.includes(part) : part.test(path)
      return [...exact].reduce((sum, [path, times]) => (meets(path) ? sum + times : sum), 0)
    },
    byPath: () => Object.fromEntries(paths),
    byNode: () => Object.fromEntries(nodes),
    entries: () => kept,
    inFlightMax: () => structuredClone(loadMax),
    agentInFlightMax: () => ({ ...agentMax }),
    reset() {
      total = 0
      kept = []
      exact = new Map()
      paths = new Map()
      nodes = new Map()
      loadMax = {}
      agentMax = {}
    },
    begin(started) {
      countLoad(started, 1)
      countAgent(started.vmid, 1)
      return (entry) => {
        countLoad(started, -1)
        countAgent(started.vmid, -1)
        note(entry)
      }
    }
  }
}
