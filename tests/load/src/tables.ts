import type { IdleResult, ReplayResult, SizeResult } from './benchmarks.ts'
import { type PlanResult, planBudget } from './plan/bench-plan.ts'
import { sumOf } from './pss.ts'

type Cell = string | number

/** Pure: rows under a head, in columns. */
function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(textOf))
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        )
        .join('  ')
    )
    .join('\n')
}

const textOf = (cell: Cell): string =>
  typeof cell === 'string' ? cell : Number.isInteger(cell) ? String(cell) : cell.toFixed(2)

/** Pure: the request budgets, where a number is beyond it. */
function overBudget({ guests, first, unchanged }: SizeResult): string {
  const batches = Math.ceil(guests / 100)
  const over = [
    first.netboxWrites > 8 * batches + 40 ? 'first writes' : '',
    unchanged.netboxWrites > 0 ? 'unchanged writes' : ''
  ].filter((text) => text !== '')
  return over.length === 0 ? 'kept' : `OVER: ${over.join(', ')}`
}

export function sizesTable(sizes: readonly SizeResult[]): string {
  const head = [
    'guests, Run',
    'reads',
    'writes',
    'Proxmox',
    's',
    'collector MiB',
    'services MiB',
    'budget'
  ]
  return tableOf(
    head,
    sizes.flatMap((size) =>
      (['first', 'unchanged'] as const).map((name) => {
        const run = size[name]
        return [
          `${size.guests} ${name}`,
          run.netboxReads,
          run.netboxWrites,
          run.proxmox,
          run.seconds,
          run.collectorMib,
          run.servicesMib,
          name === 'unchanged' ? overBudget(size) : ''
        ]
      })
    )
  )
}

const idleBudgetMib = 500

export function idleTable({ idle, fanOut }: IdleResult): string {
  const sum = sumOf(idle)
  return [
    tableOf(
      ['idle service', 'PSS MiB'],
      [...Object.entries(idle), [`all (budget ${idleBudgetMib})`, sum]]
    ),
    '',
    tableOf(
      ['frames', 'clients', 'published/s', 'delivered/s'],
      [[fanOut.frames, fanOut.clients, fanOut.publishedPerSecond, fanOut.deliveredPerSecond]]
    )
  ].join('\n')
}

export function replayTable(result: ReplayResult): string {
  const row = (name: string, seconds: readonly number[]) => [
    name,
    seconds.map((one) => one.toFixed(1)).join(' ')
  ]
  return [
    `${result.guests} guests: ${result.writes} writes in ${result.waves} waves`,
    tableOf(
      ['', 'seconds'],
      [
        row('first Run', result.runSeconds),
        row('  of it writing', result.writingSeconds),
        row('replay of its writes', result.replaySeconds),
        ['ratio of medians (budget 1.10)', result.ratio],
        row('unchanged Run', result.unchangedSeconds),
        row('bare read of its pages', result.bareReadSeconds),
        ['ratio of medians (budget 2)', result.readRatio]
      ]
    )
  ].join('\n')
}

export function planTable({ measures, ratios, overBudget }: PlanResult): string {
  const { guests, seconds, mib, small, ratio } = planBudget
  return [
    tableOf(
      ['guests, Run', 'Items', 'Changes', 's', 'CPU s', 'peak MiB'],
      measures.map((one) => [
        `${one.guests} ${one.name}`,
        one.items,
        one.changes,
        one.seconds,
        one.cpuSeconds,
        Math.round(one.peakMib)
      ])
    ),
    '',
    ...Object.entries(ratios).map(
      ([name, value]) => `${name}: CPU time of ${guests} is ${value.toFixed(1)} × that of ${small}`
    ),
    `budget of ${guests}: ${seconds} s CPU, ${mib} MiB, ratio ${ratio}: ${overBudget.length === 0 ? 'kept' : `OVER: ${overBudget.join(', ')}`}`
  ].join('\n')
}
