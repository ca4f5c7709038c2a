import { type KindName, kinds, ProxboxError } from '@proxbox/contracts'
import type { Inside, NetBox, Query } from './open-netbox.ts'
import { walkPages } from './walk-pages.ts'
import { chunksOf, idOf, type Json } from './wire.ts'

const idsPerCall = 100

interface Source {
  /** For people: `a service`. */
  readonly what: string
  readonly path: string
  readonly query: (kind: KindName, ids: readonly number[]) => Query | undefined
  /** The objects of the kind that a row hangs on. */
  readonly ids: (row: Json) => readonly number[]
}

const byType = (what: string, path: string, base: string): Source => ({
  what,
  path,
  query: (kind, ids) => ({ [`${base}_type`]: kinds[kind].model, [`${base}_id`]: [...ids] }),
  ids: (row) => numbers([row[`${base}_id`]])
})

const numbers = (values: readonly unknown[]): readonly number[] =>
  values.filter((one) => typeof one === 'number')

/** What may hang on any object, and no table of ours holds (NetBox deletes it together with the object). */
const sources: readonly Source[] = [
  {
    ...byType('a service', 'ipam/services/', 'parent_object'),
    query: (kind, ids) => (kind === 'vm' ? { virtual_machine_id: [...ids] } : undefined)
  },
  {
    what: 'a service',
    path: 'ipam/services/',
    query: (kind, ids) => (kind === 'ip-address' ? { ip_address_id: [...ids] } : undefined),
    ids: (row) =>
      Array.isArray(row.ipaddresses)
        ? row.ipaddresses.flatMap((one) => idOf(one) ?? numbers([one]))
        : []
  },
  byType('a journal entry', 'extras/journal-entries/', 'assigned_object'),
  byType('a contact', 'tenancy/contact-assignments/', 'object'),
  byType('an image', 'extras/image-attachments/', 'object')
]

/**
 * What people hung on objects that are about to go, in words by id; without an entry where there is nothing. What the
 * token may not see counts as there. At most four requests per hundred objects.
 *
 * @throws ProxboxError NETBOX_*, but for a missing permission or a list that this NetBox does not have
 */
export async function readAttached(
  netbox: NetBox,
  kind: KindName,
  ids: readonly number[],
  signal: AbortSignal
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>()
  for (const some of chunksOf([...new Set(ids)], idsPerCall))
    for (const source of sources) {
      const query = source.query(kind, some)
      if (query === undefined) continue
      const at = await attachedTo(netbox.inside, source, { query, asked: some }, signal)
      for (const [id, what] of at) if (!found.has(id)) found.set(id, what)
    }
  return found
}

async function attachedTo(
  inside: Inside,
  { what, path, ids }: Source,
  { query, asked }: { query: Query; asked: readonly number[] },
  signal: AbortSignal
): Promise<readonly (readonly [number, string])[]> {
  try {
    const rows = await walkPages(inside, path, query, signal)
    const wanted = new Set(asked)
    return rows.flatMap(ids).flatMap((id) => (wanted.has(id) ? [[id, what] as const] : []))
  } catch (error) {
    if (!(error instanceof ProxboxError)) throw error
    if (error.code === 'NETBOX_ANSWER' && String(error.data.status) === '404') return []
    if (error.code !== 'NETBOX_PERMISSION') throw error
    return asked.map((id) => [id, `${what}, perhaps: the token may not see that`] as const)
  }
}
