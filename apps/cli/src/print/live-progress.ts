import { SingleBar } from 'cli-progress'
import type { FollowedEvent } from '../client/follow-run.ts'
import type { Output } from './output.ts'

/** Shows the events of a Run: a progress bar on a terminal, lines elsewhere, JSON lines with `--json`. */
export interface LiveProgress {
  show(event: FollowedEvent): void
  end(): void
}

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
  const warnings = openWarnings(output)
  const closeBar = () => {
    if (isBarOpen) bar?.stop()
    isBarOpen = false
  }
  // The same sentence comes as the step that failed, as the error and as the end.
  let last = ''
  const line = (mark: string, message: unknown) => {
    const text = String(message)
    if (text === last) return
    last = text
    closeBar()
    output.text(`${mark} ${text}`)
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
    if (status === 'warning') return warnings.add(data, line)
    if (status === 'failed') return line(output.color.red('✗'), message)
    const mark = status === 'completed' ? output.color.green('✓') : ' '
    line(mark, message)
  }
  return {
    show({ event, data }) {
      if (event === 'step') step(data)
      if (event === 'error') line(output.color.red('✗'), data.detail)
      if (event === 'state') line(' ', output.color.dim(`run is ${String(data.state)}`))
      if (event === 'gap' || event === 'reset')
        line(output.color.yellow('!'), `the event feed has a ${event}`)
      if (event !== 'complete') return
      warnings.tellRest(line)
      line(endMark(data, output.color), data.message)
    },
    end: closeBar
  }
}

/** Pure: what is incomplete is neither done nor failed. */
function endMark({ ok, result }: Record<string, unknown>, color: Output['color']): string {
  if (ok !== true) return color.red('✗')
  const outcome =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'outcome') : ''
  return outcome === 'degraded' ? color.yellow('!') : color.green('✓')
}

const warningsShown = 20
type Line = (mark: string, message: unknown) => void

/** Pure: a short name may stand in words that are not about it. */
const withoutName = (text: string, rowid: unknown): string =>
  typeof rowid === 'string' && rowid.length > 2 ? text.replaceAll(rowid, '…') : text

/** Says each warning once; how often it came again is told at the end. */
function openWarnings({ color }: Output) {
  const again = new Map<string, number>()
  return {
    add({ rowid, message }: Record<string, unknown>, line: Line) {
      const text = String(message)
      const isNamed = typeof rowid !== 'string' || text.includes(rowid)
      // What is said of each of many objects is said of the first one.
      const of = withoutName(text, rowid)
      const seen = again.get(of)
      again.set(of, seen === undefined ? 0 : seen + 1)
      if (seen !== undefined || again.size > warningsShown) return
      line(color.yellow('!'), isNamed ? text : `${rowid}: ${text}`)
    },
    tellRest(line: Line) {
      const rest = [...again].filter(([, times]) => times > 0).slice(0, warningsShown)
      for (const [text, times] of rest) line(color.dim('!'), color.dim(`${times} more: ${text}`))
      const unseen = again.size - warningsShown
      if (unseen > 0)
        line(
          color.dim('!'),
          color.dim(
            `${unseen} more ${unseen === 1 ? 'warning' : 'warnings'}: "proxbox show" lists them`
          )
        )
    }
  }
}

const isAmount = (value: unknown): value is { current: number; total: number } =>
  typeof value === 'object' && value !== null && 'current' in value && 'total' in value
