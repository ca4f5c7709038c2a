/** How hard NetBox is pressed: lanes and batch size grow a little after each quick answer and fall after trouble. */
export interface Pace {
  lanes(): number
  batchSize(): number
  /** A write of so many objects was answered after `ms`. */
  answered(ms: number, objects: number): void
  /** 429, a 5xx, or no answer. */
  trouble(): void
}

export interface PaceLimits {
  readonly lanes: number
  readonly batchSize: number
}

// Shipped proxies give up after 60 – 120 s; answers above 10 s leave too little room.
const slowMs = 10_000
const growth = 10
const leastBatch = 10
// One more lane only after this many quick answers: a lane costs NetBox a whole worker.
const answersPerLane = 8

export function openPace(limits: PaceLimits): Pace {
  const least = Math.min(leastBatch, limits.batchSize)
  let lanes = limits.lanes
  let batchSize = limits.batchSize
  let streak = 0
  const trouble = () => {
    lanes = Math.max(1, lanes - 1)
    batchSize = Math.max(least, Math.floor(batchSize / 2))
    streak = 0
  }
  // A slow answer asks for smaller batches, not for fewer lanes: these keep all workers busy. Answers to batches of before
  // the last cut tell nothing new, so what was under way side by side cuts once.
  const answered = (ms: number, objects: number) => {
    if (ms > slowMs) {
      batchSize = Math.max(least, Math.min(batchSize, Math.floor(objects / 2)))
      return
    }
    batchSize = Math.min(limits.batchSize, batchSize + growth)
    streak += 1
    if (streak % answersPerLane === 0) lanes = Math.min(limits.lanes, lanes + 1)
  }
  return { lanes: () => lanes, batchSize: () => batchSize, answered, trouble }
}
