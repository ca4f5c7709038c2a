import { SingleBar } from 'cli-progress'
import type { FollowedEvent } from '../client/follow-run.ts'
import type { Output } from './output.ts'

/** Shows the events of a Run: a progress bar on a terminal, lines elsewhere, JSON lines with `--json`. */
export interface LiveProgress {
  show(event: FollowedEvent): void
  end(): void
}

const warningsShown = 20
const titles: Readonly<Record<string, string>> = {
  proxmox: 'Reading Proxmox',
  netbox: 'NetBox',
  plan: 'Planning'
}

export function openLiveProgress(output: Output): LiveProgress {
  if (output.json)
    return { show: ({ event, data }) => output.data({ event, ...data }), end: () => undefined }
  const bar = output.isTerminal
    ? new SingleBar({
        format: '{title} {bar} {value}/{total} {percentage}%',
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false
      })
    : undefined
  let isBarOpen = false
  let warnings = 0
  const closeBar = () => {
    if (isBarOpen) bar?.stop()
    isBarOpen = false
  }
  const line = (text: string) => {
    closeBar()
    output.text(text)
  }
  const progress = (step: string, { current, total }: { current: number; total: number }) => {
    const title = (titles[step] ?? step).padEnd(16)
    if (bar === undefined || total === 0) return
    if (isBarOpen) bar.update(current, { title })
    else bar.start(total, current, { title })
    bar.setTotal(total)
    isBarOpen = true
  }
  const step = (data: Record<string, unknown>) => {
    const { status, message, progress: amount } = data
    if (status === 'progress' && isAmount(amount)) return progress(String(data.step), amount)
    if (status === 'warning') {
      warnings += 1
      if (warnings <= warningsShown) line(`${output.color.yellow('!')} ${String(message)}`)
      else if (warnings === warningsShown + 1)
        line(output.color.dim('  more warnings are not shown; "proxbox show" lists them'))
      return
    }
    line(
      `${status === 'failed' ? output.color.red('✗') : output.color.green('✓')} ${String(message)}`
    )
  }
  return {
    show({ event, data }) {
      if (event === 'step') step(data)
      if (event === 'error') line(`${output.color.red('✗')} ${String(data.detail)}`)
      if (event === 'state') line(output.color.dim(`  run is ${String(data.state)}`))
      if (event === 'gap' || event === 'reset')
        line(output.color.yellow(`! the event feed has a ${event}`))
      if (event === 'complete')
        line(
          `${data.ok === true ? output.color.green('✓') : output.color.red('✗')} ${String(data.message)}`
        )
    },
    end: closeBar
  }
}

const isAmount = (value: unknown): value is { current: number; total: number } =>
  typeof value === 'object' && value !== null && 'current' in value && 'total' in value
