import type { Bus } from '@proxbox/bus'
import { frameEventHeader, ProxboxError, type Run } from '@proxbox/contracts'
import { listReply, type PageQuery, pageOf } from '@proxbox/service-kit'
import type { OwnHandler } from '../api/forward.ts'

const timeoutMs = 10_000

/** The stored Frames of a Run, a page at a time. */
export const framesHandler =
  (bus: Pick<Bus, 'ask' | 'read'>): OwnHandler =>
  async ({ request, principal, baseUrl }) => {
    const { id } = request.params as { id: string } // validated by the route's schema
    const query = request.query as PageQuery // as above
    const run = await bus.ask<Run>('readRun', { params: { id }, principal })
    const found = await readFrames(
      bus,
      { runId: run.run_id, query },
      AbortSignal.timeout(timeoutMs)
    )
    return listReply({ query, baseUrl }, request.url.split('?')[0] ?? '', found)
  }

/** All are read, for only then is it known how many there are. @throws ProxboxError SERVICE_TIMEOUT when the signal fires */
export async function readFrames(
  bus: Pick<Bus, 'read'>,
  { runId, query }: { readonly runId: string; readonly query: PageQuery },
  signal: AbortSignal
): Promise<{ count: number; results: unknown[] }> {
  const { limit, offset } = pageOf(query)
  const range = {
    parameters: { run_id: runId },
    from: 'first',
    until: Number.MAX_SAFE_INTEGER
  } as const
  const results: unknown[] = []
  let count = 0
  for await (const { headers, payload } of bus.read('frames', range, signal)) {
    if (count >= offset && results.length < limit)
      results.push({ event: headers[frameEventHeader], ...(payload as object) }) // a Frame
    count += 1
  }
  // A read that is broken off just ends.
  if (signal.aborted)
    throw new ProxboxError('SERVICE_TIMEOUT', {
      service: 'gateway',
      operation: 'listRunFrames',
      seconds: timeoutMs / 1000
    })
  return { count, results }
}
