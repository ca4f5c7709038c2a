import { type CurrentItem, type KindName, kinds, versionHas } from '@proxbox/contracts'
import pLimit from 'p-limit'
import { decodeObject, wireFields } from './decode-object.ts'
import type { NetBox } from './open-netbox.ts'
import { readVersion } from './read-version.ts'
import { walkPages } from './walk-pages.ts'
import { chunksOf } from './wire.ts'

export interface ReadOptions {
  /** After each table: how many of them are read. */
  readonly onProgress?: (done: number, total: number) => void
  /** Fields of a kind to read instead of all. */
  readonly fields?: Partial<Readonly<Record<KindName, readonly string[]>>>
}

const tablesAtOnce = 4
// gunicorn's request line holds 4094 bytes; `id=1234567&` is 11.
const mostIdBytes = 2800
const mostIds = 350

/**
 * Whole tables. A kind that this version does not have is empty.
 *
 * @throws ProxboxError NETBOX_*; NETBOX_PAGES when a table did not hold still
 */
export async function readItems(
  netbox: NetBox,
  wanted: readonly KindName[],
  signal: AbortSignal,
  options: ReadOptions = {}
): Promise<Map<KindName, CurrentItem[]>> {
  const version = await readVersion(netbox, signal)
  const limit = pLimit(tablesAtOnce)
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  let done = 0
  const readTable = async (kind: KindName): Promise<[KindName, CurrentItem[]]> => {
    const { path, since } = kinds[kind]
    const query = { fields: wireFields(kind, options.fields?.[kind]), ...exclusions(kind) }
    const rows = versionHas(version, since) ? await walkPages(netbox.inside, path, query, both) : []
    done += 1
    options.onProgress?.(done, wanted.length)
    return [kind, rows.map((row) => decodeObject(kind, row))]
  }
  const tables = wanted.map((kind) => limit(readTable, kind))
  try {
    return new Map(await Promise.all(tables))
  } catch (error) {
    stop.abort()
    await Promise.allSettled(tables)
    throw error
  }
}

/** The objects that still exist, in any order. At most 350 ids travel in one request. */
export async function readItemsById(
  netbox: NetBox,
  kind: KindName,
  ids: readonly number[],
  signal: AbortSignal
): Promise<CurrentItem[]> {
  const items: CurrentItem[] = []
  const unique = [...new Set(ids)]
  for (const some of chunksOf(unique, idsPerCall(unique))) {
    const query = { fields: wireFields(kind), id: some }
    const rows = await walkPages(netbox.inside, kinds[kind].path, query, signal)
    const asked = new Set(some)
    items.push(
      ...rows.map((row) => decodeObject(kind, row)).filter((item) => asked.has(item.netbox_id))
    )
  }
  return items
}

/** Pure: how many of these ids travel in one request. */
export function idsPerCall(ids: readonly number[]): number {
  const widest = ids.reduce((most, id) => Math.max(most, String(id).length), 1)
  return Math.min(mostIds, Math.floor(mostIdBytes / (widest + 4)))
}

/** Before 4.7 the rendered config context is worked out even when `fields` leaves it out. */
const exclusions = (kind: KindName): Record<string, string> =>
  kind === 'vm' || kind === 'device' ? { exclude: 'config_context' } : {}
