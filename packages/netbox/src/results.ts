import { type CurrentItem, isRef, kinds, netboxIdFrom, ProxboxError } from '@proxbox/contracts'
import type { HttpResponse } from '@proxbox/http'
import { decodeObject } from './decode-object.ts'
import { idOf, objectsIn } from './wire.ts'
import type { WriteBatch, WriteEntry, WriteResult } from './write-types.ts'

/**
 * What a stored batch became.
 *
 * @throws ProxboxError NETBOX_ANSWER when the answer does not fit what was sent
 */
export function resultsFrom(
  endpoint: string,
  batch: WriteBatch,
  response: HttpResponse
): WriteResult[] {
  if (batch.action === 'delete') return batch.entries.map(deleted)
  const rows = objectsIn(response.json())
  if (batch.action === 'create' && rows.length !== batch.entries.length)
    throw new ProxboxError('NETBOX_ANSWER', {
      endpoint,
      path: kinds[batch.kind].path,
      status: response.status,
      detail: `${rows.length} objects for ${batch.entries.length} that were sent`
    })
  const byId = new Map(rows.map((row) => [idOf(row), row]))
  return batch.entries.map((entry, index) => {
    // Created rows come in the order sent; updated ones in the model's order before 4.7.
    const row = batch.action === 'create' ? rows[index] : byId.get(entry.netboxId ?? 0)
    if (row === undefined) return { key: entry.key, state: 'refused', detail: goneText }
    return doneFrom(entry, decodeObject(batch.kind, row))
  })
}

const goneText = 'it is not in NetBox any more'

export const deleted = (entry: WriteEntry): WriteResult => ({
  key: entry.key,
  state: 'done',
  netboxId: targetOf(entry),
  stored: {}
})

export function doneFrom(entry: WriteEntry, item: CurrentItem): WriteResult {
  const mac = item.fields.primary_mac_address
  const macId = isRef(mac) ? netboxIdFrom(mac.ref) : undefined
  return {
    key: entry.key,
    state: 'done',
    netboxId: item.netbox_id,
    stored: item.fields,
    ...(entry.mac === undefined || macId === undefined
      ? {}
      : { mac: { key: entry.mac.key, netboxId: macId } })
  }
}

/** @throws TypeError for an update or delete without id */
export function targetOf(entry: WriteEntry): number {
  if (entry.netboxId === null) throw new TypeError(`${entry.key} has no NetBox id to write to`)
  return entry.netboxId
}
