import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceNames } from '@proxbox/contracts'
import type { Lab } from '@proxbox/test-journey/lab'

const kibPerMib = 1024

/** The proportional set size of a process in MiB: what it costs, shared pages split among their users. Linux. */
async function readPssMib(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kib = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1]
  if (kib === undefined) throw new Error(`process ${pid} tells no Pss`)
  return Number(kib) / kibPerMib
}

export type ServicePss = Readonly<Record<(typeof serviceNames)[number], number>>

export async function readServicesPss({ stack }: Lab): Promise<ServicePss> {
  const pids = stack.supervisor.pids()
  const pairs = await Promise.all(
    serviceNames.map(async (name) => [name, await readPssMib(pids[name] ?? 0)] as const)
  )
  return Object.fromEntries(pairs) as ServicePss // one per service
}

/** The sum in MiB. */
export const sumOf = (pss: ServicePss): number =>
  Object.values(pss).reduce((sum, one) => sum + one, 0)

// Reading smaps walks all pages of a process: four times a second costs it less than a percent.
const pauseMs = 250

/** Runs `work` and gives the highest PSS of one service meanwhile, in MiB. */
export async function withPeakPss<T>(
  { stack }: Lab,
  service: (typeof serviceNames)[number],
  work: () => Promise<T>
): Promise<{ result: T; peakMib: number }> {
  const ended = new AbortController()
  let peakMib = 0
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      const pid = stack.supervisor.pids()[service]
      if (pid !== undefined) peakMib = Math.max(peakMib, await readPssMib(pid))
      await sleep(pauseMs)
    }
  })()
  try {
    const result = await work()
    return { result, peakMib }
  } finally {
    ended.abort()
    await sampling
  }
}
