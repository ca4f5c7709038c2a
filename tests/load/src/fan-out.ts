import { randomUUID } from 'node:crypto'
import { openBus } from '@proxbox/bus'
import { apiPrefix, frameEventHeader, frameFrom } from '@proxbox/contracts'
import { type Lab, seedOf } from '@proxbox/test-journey/lab'

export interface FanOut {
  readonly clients: number
  readonly frames: number
  /** Frames stored by JetStream, with the file synced each time. */
  readonly publishedPerSecond: number
  /** Over all clients. */
  readonly deliveredPerSecond: number
}

const timeoutMs = 120_000

/** Publishes Frames and counts them at many SSE clients of the gateway's feed of all Runs. */
export async function measureFanOut(
  lab: Lab,
  { clients, frames }: { readonly clients: number; readonly frames: number }
): Promise<FanOut> {
  const bus = await openBus({
    url: lab.stack.natsUrl,
    service: 'orchestrator',
    nkeySeed: await seedOf(lab.stack, 'orchestrator')
  })
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)])
  try {
    const runId = randomUUID()
    const readers = await Promise.all(
      Array.from({ length: clients }, () => openReader(lab, { runId, frames }, signal))
    )
    const begun = performance.now()
    for (let seq = 1; seq <= frames; seq += 1) {
      const event = {
        event: 'step',
        data: { step: 'netbox', status: 'progress', message: `Written ${seq} of ${frames}` }
      } as const
      await bus.publish(
        'frames',
        { run_id: runId },
        frameFrom(event, { runId, seq, at: new Date() }),
        {
          headers: { [frameEventHeader]: event.event }
        }
      )
    }
    const publishedMs = performance.now() - begun
    await Promise.all(readers.map((reader) => reader.done))
    const deliveredMs = performance.now() - begun
    return {
      clients,
      frames,
      publishedPerSecond: (frames / publishedMs) * 1000,
      deliveredPerSecond: ((frames * clients) / deliveredMs) * 1000
    }
  } finally {
    stop.abort()
    await bus.close()
  }
}

/** A client that is done when it has seen all Frames. */
async function openReader(
  { stack }: Lab,
  { runId, frames }: { runId: string; frames: number },
  signal: AbortSignal
): Promise<{ done: Promise<void> }> {
  const answer = await fetch(`${stack.url}${apiPrefix}/events/`, {
    headers: { authorization: `Token ${stack.adminToken}` },
    signal
  })
  if (!answer.ok || answer.body === null) throw new Error(`the feed answered ${answer.status}`)
  return { done: countTo(answer.body.pipeThrough(new TextDecoderStream()), runId, frames) }
}

async function countTo(text: ReadableStream<string>, runId: string, frames: number): Promise<void> {
  let seen = 0
  let rest = ''
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    seen += lines.filter((line) => line.startsWith('data:') && line.includes(runId)).length
    if (seen >= frames) return
  }
  throw new Error(`the feed ended after ${seen} of ${frames} Frames`)
}
