import { sameFields } from './decode-object.ts'
import { findByNatural } from './find-by-natural.ts'
import type { NetBox } from './open-netbox.ts'
import { readItemsById } from './read-items.ts'
import { deleted, doneFrom } from './results.ts'
import type { WriteBatch, WriteEntry, WriteResult } from './write-types.ts'

export interface Settled {
  readonly results: WriteResult[]
  /** Certainly not stored, nor under way: may be sent again. */
  readonly left: WriteEntry[]
}

const firstPauseMs = 1000
const longestPauseMs = 5000
// Half a minute of clock difference that the Date header does not show is allowed for.
const clockMarginMs = 30_000

/**
 * What became of a write without answer. NetBox may still be at it until the write timeout has passed since it was
 * sent, so absent objects count as absent only then.
 */
export async function settleUnanswered(
  netbox: NetBox,
  batch: WriteBatch,
  begunAt: number,
  signal: AbortSignal
): Promise<Settled> {
  const { inside } = netbox
  const until = begunAt + inside.writeTimeoutMs
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 2)) {
    const isOver = inside.now() >= until
    const settled = await look(netbox, batch, begunAt, signal)
    if (settled.left.length === 0 || isOver) return settled
    await inside.sleep(Math.max(1, Math.min(pause, until - inside.now())), signal)
  }
}

async function look(
  netbox: NetBox,
  batch: WriteBatch,
  begunAt: number,
  signal: AbortSignal
): Promise<Settled> {
  const settled: Settled = { results: [], left: [] }
  const put = (entry: WriteEntry, result: WriteResult | undefined) => {
    if (result === undefined) settled.left.push(entry)
    else settled.results.push(result)
  }
  if (batch.action === 'create') {
    const since = begunAt + netbox.inside.clockSkewMs - clockMarginMs
    const { kind, entries } = batch
    const found = await findByNatural(netbox, { kind, entries, createdSince: since }, signal)
    for (const entry of batch.entries) {
      const item = found.get(entry.key)
      put(entry, item && doneFrom(entry, item))
    }
    return settled
  }
  const ids = batch.entries.flatMap(({ netboxId }) => netboxId ?? [])
  const items = await readItemsById(netbox, batch.kind, ids, signal)
  const byId = new Map(items.map((item) => [item.netbox_id, item]))
  for (const entry of batch.entries) {
    const item = byId.get(entry.netboxId ?? 0)
    if (batch.action === 'delete') put(entry, item === undefined ? deleted(entry) : undefined)
    // Whether the primary MAC is the sent one is not in the fields; sending it again does no harm.
    else if (
      item === undefined ||
      entry.mac !== undefined ||
      !sameFields(entry.fields, item.fields)
    )
      put(entry, undefined)
    else put(entry, doneFrom(entry, item))
  }
  return settled
}
