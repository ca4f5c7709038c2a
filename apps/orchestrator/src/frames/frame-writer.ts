import { type Bus, SequenceMismatch } from '@proxbox/bus'
import { type Event, frameEventHeader, frameFrom, ProxboxError } from '@proxbox/contracts'
import { fittedEvent } from './shape-event.ts'

/** Whether a Frame is stored, by us now or before; `replaced`: a later attempt or the end of the Run was first. */
export type Written = 'stored' | 'replaced'

export interface FrameWriter {
  /** @throws ProxboxError when the bus does not take it */
  write(event: Event): Promise<Written>
}

export interface FrameWriterOptions {
  readonly bus: Pick<Bus, 'publish' | 'lastOf'>
  readonly runId: string
  readonly attempt: number
  readonly clock?: () => Date
}

interface Position {
  /** Of the stream, for the subject of this Run; 0 = nothing there. */
  readonly sequence: number
  readonly seq: number
}

/** Somebody else's Frame may come in between (the outbox's `queued`); more often it would be a fault. */
const maxConflicts = 8

/** Pure: the attempt that wrote a Frame, from its message id `{run}:{attempt}:{n}`. */
export const attemptOf = (messageId: string | undefined): number =>
  Number(/:(\d+):[^:]*$/.exec(messageId ?? '')?.[1] ?? 0)

/**
 * Numbers the Frames of one attempt from the last one stored on. Each is published with the expected last sequence of
 * its subject, so that two writers can never interleave unnoticed.
 */
export async function openFrameWriter(options: FrameWriterOptions): Promise<FrameWriter> {
  const { runId, attempt } = options
  let count = 0
  const last = await readLast(options)
  let { position } = last
  // Also for one that was paused between its lease and here.
  let isReplaced = hasGivenWay(last, attempt)
  return {
    async write(event) {
      if (isReplaced) return 'replaced'
      count += 1
      const outcome = await writeFrame(options, {
        event,
        messageId: `${runId}:${attempt}:${count}`,
        position
      })
      position = outcome.position
      isReplaced = outcome.written === 'replaced'
      return outcome.written
    }
  }
}

interface Draft {
  readonly event: Event
  readonly messageId: string
  readonly position: Position
}

/** One Frame under an expected last sequence; after a refusal it looks who was there and goes on or gives way. */
export async function writeFrame(
  options: FrameWriterOptions,
  draft: Draft
): Promise<{ written: Written; position: Position }> {
  const { bus, runId, attempt, clock = () => new Date() } = options
  let position = draft.position
  for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
    const seq = position.seq + 1
    const frame = frameFrom(fittedEvent(draft.event), { runId, seq, at: clock() })
    try {
      const { sequence } = await bus.publish('frames', { run_id: runId }, frame, {
        messageId: draft.messageId,
        headers: { [frameEventHeader]: draft.event.event },
        expectedLastSubjectSequence: position.sequence
      })
      return { written: 'stored', position: { sequence, seq } }
    } catch (error) {
      if (!(error instanceof SequenceMismatch)) throw error
    }
    const last = await readLast(options)
    if (last.messageId === draft.messageId) return { written: 'stored', position: last.position }
    if (hasGivenWay(last, attempt)) return { written: 'replaced', position: last.position }
    // An emptied stream begins again, the numbers of the Run do not.
    position = { sequence: last.position.sequence, seq: Math.max(position.seq, last.position.seq) }
  }
  throw new Error(`run ${runId}: ${maxConflicts} Frames of others in a row`)
}

interface LastFrame {
  readonly position: Position
  readonly messageId: string | undefined
  readonly isComplete: boolean
}

/** Pure: a later attempt or the end of the Run was first. */
export const hasGivenWay = (last: LastFrame, attempt: number): boolean =>
  last.isComplete || attemptOf(last.messageId) > attempt

/** The last Frame of a Run, and who wrote it. @throws ProxboxError BUS_UNAVAILABLE */
export async function readLast(
  options: Pick<FrameWriterOptions, 'bus' | 'runId'>
): Promise<LastFrame> {
  const last = await options.bus.lastOf('frames', { run_id: options.runId }).catch((cause) => {
    throw cause instanceof ProxboxError ? cause : new ProxboxError('BUS_UNAVAILABLE', { cause })
  })
  const seq =
    typeof last?.payload === 'object' && last.payload !== null && 'seq' in last.payload
      ? Number(last.payload.seq)
      : 0
  return {
    position: { sequence: last?.sequence ?? 0, seq },
    messageId: last?.messageId,
    isComplete: last?.headers[frameEventHeader] === 'complete'
  }
}
