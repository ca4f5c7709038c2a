import type { Run } from '@proxbox/contracts'
import type { Lab } from '@proxbox/test-journey/lab'
import { readServicesPss, sumOf, withPeakPss } from './pss.ts'
import { isRead } from './recording-proxy.ts'
import type { Target } from './targets.ts'

/** What one Run took. */
export interface Measured {
  readonly state: string
  readonly seconds: number
  readonly netboxReads: number
  readonly netboxWrites: number
  readonly proxmox: number
  /** Of the collector, at its highest. */
  readonly collectorMib: number
  /** Of all five services, right after. */
  readonly servicesMib: number
}

export interface RunTarget {
  readonly target: Target
  readonly endpointId: number
}

const runTimeoutMs = 20 * 60_000
// A Run tells its own times: asking more often would only take part in what is measured.
const askEveryMs = 1000

/** One Run of everything into a NetBox Endpoint. */
export async function measureRun(lab: Lab, { target, endpointId }: RunTarget): Promise<Measured> {
  target.clear()
  lab.proxmox.requests.reset()
  const { result, peakMib } = await withPeakPss(lab, 'collector', async () =>
    lab.waitForEnd(await lab.startRun(endpointId), runTimeoutMs, askEveryMs)
  )
  const reads = target.requests.filter(isRead).length
  return {
    state: stateOf(result),
    seconds: secondsOf(result),
    netboxReads: reads,
    netboxWrites: target.requests.length - reads,
    proxmox: lab.proxmox.requests.count(),
    collectorMib: peakMib,
    servicesMib: sumOf(await readServicesPss(lab))
  }
}

/** From its start to its end, as the Run itself tells; @throws with its errors when it failed. */
function secondsOf(run: Run): number {
  if (run.started === null || run.ended === null) throw new Error(`run ${run.id} has no times`)
  return (Date.parse(run.ended) - Date.parse(run.started)) / 1000
}

function stateOf(run: Run): string {
  const state = run.state.value
  if (state !== 'succeeded' && state !== 'degraded')
    throw new Error(`run ${run.id} ${state}: ${JSON.stringify(run.errors).slice(0, 2000)}`)
  return state
}
