import type { FeedFrame } from '../feed/hub.ts'

/** Pure: the Event of a Frame as the backend contract knows it: no run_id, seq, at; `state` is not part of it. */
export function backendEventOf({
  event,
  frame
}: Pick<FeedFrame, 'event' | 'frame'>): { event: string; data: unknown } | undefined {
  if (event === 'state') return undefined
  const { run_id: _run, seq: _seq, at: _at, ...data } = frame
  return { event, data }
}
