import { kinds, versionHas } from '@proxbox/contracts'
import { groupsFrom, isWide, takeGroups } from './lanes.ts'
import type { NetBox } from './open-netbox.ts'
import { readVersion } from './read-version.ts'
import { writeChunk } from './write-chunk.ts'
import type { WriteBatch, WriteEntry, WriteResult } from './write-types.ts'

/**
 * Writes entries of one kind in bulk, a few lanes side by side, and tells what became of each, as it becomes known and
 * in any order. A refused entry does not hold up the others. Left early, it lets what is under way break off.
 *
 * @throws ProxboxError NETBOX_CREDENTIAL, NETBOX_READ_ONLY, NETBOX_PERMISSION, NETBOX_UNREACHABLE, NETBOX_TIMEOUT,
 * NETBOX_MAINTENANCE, NETBOX_ANSWER; whatever beforeWrite throws. Results yielded before stay true.
 */
export async function* writeBatch(
  netbox: NetBox,
  batch: WriteBatch,
  signal: AbortSignal
): AsyncGenerator<WriteResult, void, undefined> {
  if (batch.entries.length === 0) return
  const version = await readVersion(netbox, signal)
  if (!versionHas(version, kinds[batch.kind].since)) {
    const detail = `NetBox ${version} has no ${kinds[batch.kind].path}`
    for (const { key } of batch.entries) yield { key, state: 'refused', detail }
    return
  }
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const lanes = openLanes(netbox, batch, both)
  try {
    for (;;) {
      const results = await lanes.next()
      if (results === undefined) return
      yield* results
    }
  } finally {
    stop.abort()
    await lanes.ended()
  }
}

interface Lanes {
  /** Results of the next chunk that ends; undefined at the end. */
  next(): Promise<WriteResult[] | undefined>
  ended(): Promise<void>
}

function openLanes(netbox: NetBox, batch: WriteBatch, signal: AbortSignal): Lanes {
  const { pace, sleep } = netbox.inside
  const groups = isWide(batch) ? groupsFrom(batch) : [[...batch.entries]]
  const share = shareOf(batch)
  const running = new Set<Promise<void>>()
  const ready: WriteResult[][] = []
  let failure: { readonly error: unknown } | undefined
  const runLane = async (entries: WriteEntry[], others: number): Promise<void> => {
    if (others > 0) await sleep(others * staggerMs, signal)
    for (let rest = entries; rest.length > 0 && failure === undefined; ) {
      const size = pace.batchSize()
      const chunk = { ...batch, entries: rest.slice(0, size) }
      rest = rest.slice(size)
      ready.push(await writeChunk(netbox, chunk, signal))
      wake()
    }
  }
  let wake = () => {}
  const fill = () => {
    while (failure === undefined && groups.length > 0 && running.size < pace.lanes()) {
      const lane = runLane(takeGroups(groups, Math.min(pace.batchSize(), share)), running.size)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => {
          running.delete(lane)
          wake()
        })
      running.add(lane)
    }
  }
  const next = async (): Promise<WriteResult[] | undefined> => {
    for (;;) {
      const results = ready.shift()
      if (results !== undefined) return results
      fill()
      if (running.size === 0) {
        if (failure !== undefined) throw failure.error
        return undefined
      }
      // Lanes end by themselves: every request in them has a timeout and a bound of attempts.
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    next,
    ended: async () => {
      await Promise.allSettled(running)
    }
  }
}

// Connections that arrive at one moment are often taken by one worker of NetBox, while the other one sleeps on.
const staggerMs = 50

const leastShare = 20

/**
 * Pure: how many entries one request takes at most. A wave of one batch is cut in two, so that two workers of NetBox share
 * it (gunicorn's default is more than one); updates are quicker and stay whole.
 */
const shareOf = ({ action, entries }: WriteBatch): number =>
  action === 'create' ? Math.max(leastShare, Math.ceil(entries.length / 2)) : entries.length
