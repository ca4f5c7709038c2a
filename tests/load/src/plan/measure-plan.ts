import { readFileSync, writeFileSync } from 'node:fs'
import { planChanges } from '@proxbox/reconcile'
import { itemsOf, type PlanCase, planInputs, requirePlan } from './plan-cases.ts'

export interface PlanMeasure {
  readonly guests: number
  readonly name: PlanCase
  readonly items: number
  readonly changes: number
  readonly seconds: number
  /** On the processor: what a busy machine does not add to. */
  readonly cpuSeconds: number
  /** Of the whole process, facts included, at its highest while it planned. */
  readonly peakMib: number
}

/** Plans one case of one size in this process, once. @param collect runs the garbage collector */
export function measurePlan(guests: number, name: PlanCase, collect: () => void): PlanMeasure {
  const input = planInputs(guests)[name]()
  collect()
  forgetPeak()
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const plan = planChanges(input)
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const peakMib = readPeakMib()
  requirePlan(name, guests, plan)
  const { length: changes } = plan.changes
  const cpuSeconds = (user + system) / 1e6
  return { guests, name, items: itemsOf(plan), changes, seconds, cpuSeconds, peakMib }
}

/** Linux forgets the highest resident size on this (proc(5), clear_refs 5). */
function forgetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
}

/** The highest resident size since it was forgotten; elsewhere since the process began. */
function readPeakMib(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (kib === undefined) throw new Error('/proc/self/status tells no VmHWM')
  return Number(kib) / 1024
}
