import { type BackendEvent, type CompleteEvent, type Event, frameLimits } from '@proxbox/contracts'
import type { FrameWriter } from '../frames/frame-writer.ts'

/** The Run has another attempt, or has ended: nothing that this attempt says counts any more. */
export class Replaced extends Error {
  override readonly name = 'Replaced'
}

export interface Report {
  /** @throws Replaced, ProxboxError when the bus does not take it */
  tell(event: Event): Promise<void>
  /** A backend's Event as a Frame; its `complete` and `error` end an attempt, not the Run, and become steps. */
  pass(event: BackendEvent, step: string): Promise<void>
}

const pauseMs = 1000 / frameLimits.progressPerSecond

/** Writes Frames within the limits: at most 10 progress Events a second (the latest wins) and 1,000 warnings. */
export function openReport(
  writer: FrameWriter,
  now: () => number,
  onWritten: () => void = () => undefined
): Report {
  let waiting: Event | undefined
  let lastMs = Number.NEGATIVE_INFINITY
  let warnings = 0

  const write = async (event: Event) => {
    if ((await writer.write(event)) === 'replaced') throw new Replaced()
    onWritten()
  }
  const flush = async () => {
    const event = waiting
    waiting = undefined
    if (event !== undefined) await write(event)
  }
  const tell = async (event: Event) => {
    await flush()
    await write(event)
  }
  const offer = async (event: Event) => {
    waiting = event
    if (now() - lastMs < pauseMs) return
    lastMs = now()
    await flush()
  }
  return {
    tell,
    async pass(event, step) {
      if (event.event === 'complete') return await tell(stepOf(event, step))
      if (event.event === 'error') return
      if (event.data.status === 'progress' || event.data.status === 'syncing')
        return await offer(event)
      if (event.data.status === 'warning' && ++warnings > frameLimits.warningsPerRun) return
      await tell(event)
    }
  }
}

const stepOf = ({ data }: CompleteEvent, step: string): Event => ({
  event: 'step',
  data: { step, status: data.ok ? 'completed' : 'failed', message: data.message }
})
