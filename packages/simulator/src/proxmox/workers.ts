import { setTimeout as wait } from 'node:timers/promises'
import pLimit, { type LimitFunction } from 'p-limit'

/** pveproxy and pvedaemon start three workers each. */
const WORKERS = 3
/** AnyEvent::HTTP opens four connections per host in each of the three proxy workers. */
const FORWARDED = 12
/** A worker needs a moment for anything. */
const SERVICE_MS = { P: 1, D: 2 } as const

export interface Job {
  node: string
  cost: 'P' | 'D'
  delayMs: number
}

export interface WorkerPool {
  /**
   * Waits until a worker of the node has done the job. False when a proxied job gave no byte within the timeout: the
   * caller answers 596, but the worker stays busy until it is done.
   */
  run(job: Job, signal: AbortSignal): Promise<boolean>
}

/** The workers of all nodes behind one entry node. */
export function createWorkerPool(
  entryNode: string,
  options: { proxyTimeoutMs: number; isLimited: boolean }
): WorkerPool {
  const limits = new Map<string, LimitFunction>()
  const limitOf = (key: string, size: number) => {
    const known = limits.get(key) ?? pLimit(options.isLimited ? size : Number.POSITIVE_INFINITY)
    limits.set(key, known)
    return known
  }
  const work = async (job: Job, signal: AbortSignal) => {
    const busyMs = (options.isLimited ? SERVICE_MS[job.cost] : 0) + job.delayMs
    if (busyMs > 0) await wait(busyMs, undefined, { signal })
  }
  return {
    async run(job, signal) {
      const inWorker = () => limitOf(`${job.node} ${job.cost}`, WORKERS)(() => work(job, signal))
      const isForwarded = job.node !== entryNode
      const done = isForwarded ? limitOf(`to ${job.node}`, FORWARDED)(inWorker) : inWorker()
      if (!isForwarded && job.cost === 'P') {
        await done
        return true
      }
      return raced(done, options.proxyTimeoutMs, signal)
    }
  }
}

async function raced(
  done: Promise<void>,
  timeoutMs: number,
  signal: AbortSignal
): Promise<boolean> {
  const settled = new AbortController()
  const late = wait(timeoutMs, false, { signal: AbortSignal.any([signal, settled.signal]) })
  const finished = done.then(() => true)
  try {
    return await Promise.race([finished, late])
  } finally {
    settled.abort()
    // The loser of the race must not become an unhandled rejection when the server closes.
    late.catch(ignoreAbort)
    finished.catch(ignoreAbort)
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
