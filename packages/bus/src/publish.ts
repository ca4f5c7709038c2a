import { randomUUID } from 'node:crypto'
import { type ChannelName, ProxboxError, subjectOf } from '@proxbox/contracts'
import { headers as createHeaders, type JetStreamClient, NatsError } from 'nats'

export interface PublishOptions {
  /** Names the message: sent twice within the stream's window, it is stored once. By default a new one. */
  readonly messageId?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Refused unless this is the last sequence of the subject; 0 = the subject is empty. */
  readonly expectedLastSubjectSequence?: number
  /** 10,000 by default. */
  readonly timeoutMs?: number
}

/** Another message is the last of its subject: ours is stored already, or somebody took our place. */
export class SequenceMismatch extends Error {
  constructor(subject: string, options?: ErrorOptions) {
    super(`${subject}: another message is the last one`, options)
    this.name = 'SequenceMismatch'
  }
}

const wrongLastSequence = 10071
const attemptTimeoutMs = 2000
const pauseMs = 200

/**
 * Stores a message and waits for the server's word; sends it again with the same id until the deadline.
 *
 * @throws SequenceMismatch, or ProxboxError BUS_UNAVAILABLE after the deadline.
 */
export async function publish(
  stream: JetStreamClient,
  target: { channel: ChannelName; parameters: Readonly<Record<string, string | number>> },
  payload: unknown,
  options: PublishOptions = {}
): Promise<{ sequence: number; duplicate: boolean }> {
  const subject = subjectOf(target.channel, target.parameters)
  const headers = createHeaders()
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value)
  const data = new TextEncoder().encode(JSON.stringify(payload))
  const sending = {
    headers,
    timeout: attemptTimeoutMs,
    msgID: options.messageId ?? randomUUID(),
    ...(options.expectedLastSubjectSequence === undefined
      ? {}
      : { expect: { lastSubjectSequence: options.expectedLastSubjectSequence } })
  }
  const deadline = Date.now() + (options.timeoutMs ?? 10_000)
  for (;;) {
    try {
      const ack = await stream.publish(subject, data, sending)
      return { sequence: ack.seq, duplicate: ack.duplicate }
    } catch (error) {
      const final = finalErrorOf(error, subject)
      if (final !== undefined) throw final
      if (Date.now() >= deadline) throw new ProxboxError('BUS_UNAVAILABLE', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** Pure: what sending again cannot mend; undefined when it can. */
function finalErrorOf(error: unknown, subject: string): Error | undefined {
  if (!(error instanceof NatsError) || error.api_error === undefined) return undefined
  if (error.api_error.err_code === wrongLastSequence)
    return new SequenceMismatch(subject, { cause: error })
  return error.api_error.code < 500 ? error : undefined
}
