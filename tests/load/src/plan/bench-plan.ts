import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PlanMeasure } from './measure-plan.ts'
import { type PlanCase, planCases } from './plan-cases.ts'

/** DESIGN: diff and order of 10,000 guests, and time(10k) against time(1k). */
export const planBudget = { guests: 10_000, seconds: 3, mib: 700, small: 1000, ratio: 12 } as const

export interface PlanResult {
  readonly measures: readonly PlanMeasure[]
  /** Seconds of the largest budgeted size by those of the small one. */
  readonly ratios: Partial<Record<PlanCase, number>>
  readonly overBudget: readonly string[]
}

/** Plans each case in a process of its own, so that none helps or burdens the next. @returns the median of the rounds */
export async function benchPlan(
  sizes: readonly number[],
  rounds: number,
  log: (line: string) => void
): Promise<PlanResult> {
  const measures: PlanMeasure[] = []
  for (const guests of sizes) {
    for (const name of planCases) {
      const all: PlanMeasure[] = []
      for (let round = 1; round <= rounds; round += 1) {
        log(`plan ${guests} guests, ${name}, round ${round} of ${rounds}`)
        all.push(await measureApart(guests, name))
      }
      measures.push(middleOf(all))
    }
  }
  return { measures, ...judge(measures) }
}

const program = fileURLToPath(new URL('../../bin/plan-size.ts', import.meta.url))
const timeoutMs = 10 * 60_000

async function measureApart(guests: number, name: PlanCase): Promise<PlanMeasure> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', program, String(guests), name],
    { timeout: timeoutMs }
  )
  return JSON.parse(stdout) // printed by bin/plan-size.ts
}

/** Pure: the measure in the middle by time on the processor. */
function middleOf(measures: readonly PlanMeasure[]): PlanMeasure {
  const sorted = [...measures].sort((a, b) => a.cpuSeconds - b.cpuSeconds)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

/** Pure: ratios of the budgeted sizes, and each number that is beyond its budget. */
export function judge(measures: readonly PlanMeasure[]): Pick<PlanResult, 'ratios' | 'overBudget'> {
  const ratios: Partial<Record<PlanCase, number>> = {}
  const over: string[] = []
  for (const name of planCases) {
    const of = (guests: number) =>
      measures.find((one) => one.name === name && one.guests === guests)
    const [large, small] = [of(planBudget.guests), of(planBudget.small)]
    if (large === undefined) continue
    const { cpuSeconds, peakMib } = large
    if (cpuSeconds > planBudget.seconds) over.push(`${name}: ${cpuSeconds.toFixed(2)} s`)
    if (peakMib > planBudget.mib) over.push(`${name}: ${Math.round(peakMib)} MiB`)
    if (small === undefined) continue
    const ratio = cpuSeconds / small.cpuSeconds
    ratios[name] = ratio
    if (ratio > planBudget.ratio) over.push(`${name}: ratio ${ratio.toFixed(1)}`)
  }
  return { ratios, overBudget: over }
}
