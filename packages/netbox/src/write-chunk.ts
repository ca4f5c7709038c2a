import type { NetBox } from './open-netbox.ts'
import { namedIn, refusalText } from './refusals.ts'
import { deleted } from './results.ts'
import { bodyFrom, type Refused, sendChunk } from './send-chunk.ts'
import type { WriteBatch, WriteResult } from './write-types.ts'

// Django's cap is 2.5 MB.
const mostBodyBytes = 2_000_000

/**
 * Writes entries in one transaction if NetBox takes them all. Refused ones are left out when NetBox names them, and
 * found by halving when it does not: at most 2·⌈log2 n⌉ + 1 calls for each.
 */
export async function writeChunk(
  netbox: NetBox,
  batch: WriteBatch,
  signal: AbortSignal
): Promise<WriteResult[]> {
  if (batch.entries.length === 0) return []
  const isLarge = Buffer.byteLength(JSON.stringify(bodyFrom(netbox, batch))) > mostBodyBytes
  if (isLarge && batch.entries.length > 1) return await writeHalves(netbox, batch, signal)
  const sent = await sendChunk(netbox, batch, signal)
  if (sent.state === 'done') return [...sent.results]
  return [...sent.results, ...(await writeRefused(netbox, sent, signal))]
}

async function writeRefused(
  netbox: NetBox,
  sent: Refused,
  signal: AbortSignal
): Promise<WriteResult[]> {
  const { batch, response } = sent
  const named = sent.state === 'refused' ? namedIn(response, batch) : undefined
  if (named !== undefined) {
    const entries = batch.entries.filter(
      (entry) => !named.refused.has(entry) && !named.gone.has(entry)
    )
    const refused = [...named.refused].map(
      ([{ key }, detail]): WriteResult => ({ key, state: 'refused', detail })
    )
    const gone = [...named.gone].map(deleted)
    return [...refused, ...gone, ...(await writeChunk(netbox, { ...batch, entries }, signal))]
  }
  const [only] = batch.entries
  if (batch.entries.length > 1) return await writeHalves(netbox, batch, signal)
  if (only === undefined) return []
  return [{ key: only.key, state: 'refused', detail: refusalText(response) }]
}

async function writeHalves(
  netbox: NetBox,
  batch: WriteBatch,
  signal: AbortSignal
): Promise<WriteResult[]> {
  const middle = Math.ceil(batch.entries.length / 2)
  const halves = [batch.entries.slice(0, middle), batch.entries.slice(middle)]
  const results: WriteResult[] = []
  for (const entries of halves)
    results.push(...(await writeChunk(netbox, { ...batch, entries }, signal)))
  return results
}
