import type {
  CurrentItem,
  Fates,
  Fields,
  HolderCounts,
  HoldersAsked,
  KindName,
  ObjectsAsked
} from '@proxbox/contracts'
import type { WriteBatch, WriteResult } from '@proxbox/netbox'

/** What a NetBox says, table by table, without ids, times and changelog: one text per object, sorted. */
export type Content = Readonly<Record<string, readonly string[]>>

export interface Made {
  readonly fields: Fields
  /** The MAC that an interface brings (NetBox ≥ 4.7). */
  readonly mac?: string
}

/** A NetBox as the laws see it: the simulator without sockets, the simulator over HTTP, or a real one. */
export interface NetBoxSide {
  readonly version: string
  /** Whole tables. */
  read(kinds: readonly KindName[]): Promise<CurrentItem[]>
  readById(kind: KindName, ids: readonly number[]): Promise<CurrentItem[]>
  /** How many objects holders have, seen or not. */
  counts(asked: readonly HoldersAsked[]): Promise<HolderCounts>
  /** What the changelog tells of objects, seen or not. */
  fates(asked: readonly ObjectsAsked[]): Promise<Fates>
  /** As the collector writes: what NetBox refuses comes back as refused. */
  write(batch: WriteBatch): Promise<WriteResult[]>
  /** A person's edits. @throws Refused with NetBox's words */
  create(kind: KindName, all: readonly Made[]): Promise<CurrentItem[]>
  update(kind: KindName, all: readonly { id: number; fields: Fields }[]): Promise<void>
  delete(kind: KindName, ids: readonly number[]): Promise<void>
  /** One request below `/api/`. @throws Refused with NetBox's words */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  /** Requests that were no GET, since it was opened. */
  writes(): number
  exportCanonical(): Promise<Content>
  /** Remembers everything, ids included; the function brings it back. */
  save(): Promise<() => Promise<void>>
  /** Nothing but one site, `Home`. */
  empty(): Promise<void>
}

/** An answer of NetBox that is not the wanted one. */
export class Refused extends Error {}

/** The same NetBox, some of it done otherwise. A person's edits go past it. */
export const altered = (side: NetBoxSide, other: Partial<NetBoxSide>): NetBoxSide => ({
  version: side.version,
  read: (kinds) => side.read(kinds),
  readById: (kind, ids) => side.readById(kind, ids),
  counts: (asked) => side.counts(asked),
  fates: (asked) => side.fates(asked),
  write: (batch) => side.write(batch),
  create: (kind, all) => side.create(kind, all),
  update: (kind, all) => side.update(kind, all),
  delete: (kind, ids) => side.delete(kind, ids),
  call: (method, path, body) => side.call(method, path, body),
  writes: () => side.writes(),
  exportCanonical: () => side.exportCanonical(),
  save: () => side.save(),
  empty: () => side.empty(),
  ...other
})

/** All results of a bulk write. */
export async function allOf(results: AsyncIterable<WriteResult>): Promise<WriteResult[]> {
  const all: WriteResult[] = []
  for await (const result of results) all.push(result)
  return all
}

/** A person's edits over the bulk writer. */
export function handsOn(side: Pick<NetBoxSide, 'write'>) {
  const all = async (batch: WriteBatch) => {
    const results = await side.write(batch)
    const bad = results.find((one) => one.state === 'refused')
    if (bad?.state === 'refused') throw new Refused(`${batch.kind}: ${bad.detail}`)
    const byKey = new Map(results.map((one) => [one.key, one]))
    return batch.entries.map(({ key }) => byKey.get(key))
  }
  return {
    async create(kind: KindName, made: readonly Made[]): Promise<CurrentItem[]> {
      const entries = made.map(({ fields, mac }, index) => ({
        key: `hand ${index}`,
        netboxId: null,
        fields,
        label: `hand ${index}`,
        ...(mac === undefined ? {} : { mac: { key: `mac ${index}`, address: mac } })
      }))
      const results = await all({ kind, action: 'create', entries })
      return results.flatMap((one) =>
        one?.state !== 'done'
          ? []
          : [
              {
                key: `netbox:${kind}/${one.netboxId}`,
                kind,
                netbox_id: one.netboxId,
                fields: one.stored,
                label: String(one.stored.name ?? one.stored.address ?? one.netboxId)
              }
            ]
      )
    },
    async update(kind: KindName, edits: readonly { id: number; fields: Fields }[]): Promise<void> {
      const entries = edits.map(({ id, fields }, index) => ({
        key: `hand ${index}`,
        netboxId: id,
        fields,
        label: `${kind} ${id}`
      }))
      await all({ kind, action: 'update', entries })
    },
    async delete(kind: KindName, ids: readonly number[]): Promise<void> {
      const entries = ids.map((id, index) => ({
        key: `hand ${index}`,
        netboxId: id,
        fields: {},
        label: `${kind} ${id}`
      }))
      await all({ kind, action: 'delete', entries })
    }
  }
}

/** The lines that only one of two contents has, for people; '' when they say the same. */
export function difference(a: Content, b: Content): string {
  const lines = (content: Content) =>
    Object.entries(content).flatMap(([table, rows]) => rows.map((row) => `${table} ${row}`))
  const only = (mine: string[], theirs: string[]) => {
    const left = new Map<string, number>()
    for (const line of theirs) left.set(line, (left.get(line) ?? 0) + 1)
    return mine.filter((line) => {
      const count = left.get(line) ?? 0
      left.set(line, count - 1)
      return count === 0
    })
  }
  const [first, second] = [lines(a), lines(b)]
  return [
    ...only(first, second).map((line) => `- ${line}`),
    ...only(second, first).map((line) => `+ ${line}`)
  ].join('\n')
}
