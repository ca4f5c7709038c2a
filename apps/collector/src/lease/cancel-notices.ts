import type { Bus } from '@proxbox/bus'

export interface CancelNotices {
  /** Calls back when the Run is cancelled; gives the end of listening. */
  onCancel(runId: string, cancelled: () => void): () => void
  stop(): Promise<void>
}

/** Hears at once what the next lease renewal would tell: that a Run was cancelled. A lost notice does no harm. */
export async function openCancelNotices(bus: Pick<Bus, 'listen'>): Promise<CancelNotices> {
  const waiting = new Map<string, () => void>()
  const listening = await bus.listen('cancel', ({ parameters }) =>
    waiting.get(parameters.run_id ?? '')?.()
  )
  return {
    onCancel(runId, cancelled) {
      waiting.set(runId, cancelled)
      return () => waiting.delete(runId)
    },
    stop: () => listening.stop()
  }
}
