import type { Bus } from '@proxbox/bus'
import type { Event } from '@proxbox/contracts'
import { hasGivenWay, readLast, writeFrame } from './frame-writer.ts'

export interface OutboxRow {
  readonly channel: string
  readonly parameters: Readonly<Record<string, string | number>>
  readonly payload: unknown
  readonly messageId: string
}

interface FramePayload {
  readonly event: Event
  readonly attempt: number
  readonly message_id: string
}

/** Sends one row of the outbox. A row that is sent twice does no harm: a Run has one `complete`, a wake-up is a hint. */
export async function publishRow(
  bus: Pick<Bus, 'publish' | 'lastOf' | 'notify'>,
  row: OutboxRow
): Promise<void> {
  switch (row.channel) {
    case 'frames':
      return await publishFrame(bus, String(row.parameters.run_id), row.payload as FramePayload) // insertFrames wrote it
    case 'work':
      await bus.publish('work', {}, row.payload, { messageId: row.messageId })
      return
    case 'cancel':
      bus.notify('cancel', row.parameters, row.payload)
      return
    default:
      throw new Error(`outbox: unknown channel ${row.channel}`)
  }
}

async function publishFrame(
  bus: Pick<Bus, 'publish' | 'lastOf'>,
  runId: string,
  { event, attempt, message_id: messageId }: FramePayload
): Promise<void> {
  const options = { bus, runId, attempt }
  const last = await readLast(options)
  // Sent before, and the row outlived it; or a `queued` that an attempt has overtaken.
  if (last.messageId === messageId || hasGivenWay(last, attempt)) return
  await writeFrame(options, { event, messageId, position: last.position })
}
