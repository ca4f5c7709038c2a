import {
  type CurrentItem,
  type Fates,
  type Fields,
  type HolderCounts,
  type HoldersAsked,
  type KindName,
  kinds,
  type ObjectsAsked,
  versionHas
} from '@proxbox/contracts'
import {
  decodeObject,
  type NetBox,
  readCounts,
  readFates,
  type WriteBatch,
  type WriteResult,
  writeBatch
} from '@proxbox/netbox'
import { createNetBox, type NetBoxState, type NetBoxVersion } from '@proxbox/simulator/netbox'
import { clientOf } from './in-process-client.ts'
import { allOf, type Content, handsOn, type Made, type NetBoxSide, Refused } from './netbox-side.ts'

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const never = new AbortController().signal

/** What `fields=` must name so that these objects can be decoded. */
const wireFields = (kind: KindName): string =>
  [
    'id',
    'display',
    'custom_fields',
    ...Object.entries(kinds[kind].fields).flatMap(([name, { type }]) =>
      type === 'generic-ref' ? [`${name}_type`, `${name}_id`] : [name]
    )
  ].join(',')

/** A custom field without a value is shown as null whether it was ever set or not. */
function textOf(row: Json): string {
  const fields = row.custom_fields
  if (!isJson(fields)) return JSON.stringify(row)
  const set = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({ ...row, custom_fields: Object.fromEntries(set) })
}

/** A NetBox without a socket: whole tables are read at once, the collector's own writer writes. */
export class Store implements NetBoxSide {
  readonly netbox: NetBoxState
  private readonly client: NetBox
  private readonly hands: ReturnType<typeof handsOn>
  private sent = 0
  /** Tables as read since the last write. */
  private readonly seen = new Map<KindName, CurrentItem[]>()

  constructor(netbox: NetBoxState) {
    this.netbox = netbox
    this.client = clientOf(netbox)
    this.hands = handsOn(this)
  }

  static fresh(version: NetBoxVersion, seed = 1): Store {
    const now = () => new Date('2026-01-01T00:00:00Z')
    const store = new Store(createNetBox({ version, seed, now }))
    store.ask('POST', 'dcim/sites/', [{ name: 'Home', slug: 'home' }])
    return store
  }

  get version(): NetBoxVersion {
    return this.netbox.version
  }

  writes(): number {
    return this.sent + this.client.requests().writes
  }

  private ask(method: string, path: string, body?: unknown): unknown {
    if (method !== 'GET') {
      this.sent += 1
      this.seen.clear()
    }
    const answer = this.netbox.handle({
      method,
      path: `/api/${path}`,
      ...(body === undefined ? {} : { body })
    })
    if (answer.status >= 400)
      throw new Refused(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.ask(method, path, body)
  }

  async read(wanted: readonly KindName[]): Promise<CurrentItem[]> {
    return wanted.flatMap((kind) => {
      const table = this.seen.get(kind) ?? this.rows(kind, '')
      this.seen.set(kind, table)
      return table
    })
  }

  async readById(kind: KindName, ids: readonly number[]): Promise<CurrentItem[]> {
    return this.rows(kind, ids.map((id) => `&id=${id}`).join(''))
  }

  async counts(asked: readonly HoldersAsked[]): Promise<HolderCounts> {
    return await readCounts(this.client, asked, never)
  }

  async fates(asked: readonly ObjectsAsked[]): Promise<Fates> {
    return await readFates(this.client, asked, never)
  }

  private rows(kind: KindName, more: string): CurrentItem[] {
    if (!versionHas(this.version, kinds[kind].since)) return []
    const query = `limit=1000&ordering=id&fields=${wireFields(kind)}${more}`
    const page = this.ask('GET', `${kinds[kind].path}?${query}`)
    const rows = isJson(page) && Array.isArray(page.results) ? page.results.filter(isJson) : []
    return rows.map((row) => decodeObject(kind, row))
  }

  async write(batch: WriteBatch): Promise<WriteResult[]> {
    this.seen.clear()
    return await allOf(writeBatch(this.client, batch, never))
  }

  create(kind: KindName, all: readonly Made[]): Promise<CurrentItem[]> {
    return this.hands.create(kind, all)
  }

  update(kind: KindName, all: readonly { id: number; fields: Fields }[]): Promise<void> {
    return this.hands.update(kind, all)
  }

  delete(kind: KindName, ids: readonly number[]): Promise<void> {
    return this.hands.delete(kind, ids)
  }

  async exportCanonical(): Promise<Content> {
    return Object.fromEntries(
      Object.entries(this.netbox.canonical()).map(([table, rows]) => [table, rows.map(textOf)])
    )
  }

  async save(): Promise<() => Promise<void>> {
    const dump = this.netbox.dump()
    return async () => {
      this.seen.clear()
      this.netbox.load(dump)
    }
  }

  async empty(): Promise<void> {
    this.netbox.clear()
    this.ask('POST', 'dcim/sites/', [{ name: 'Home', slug: 'home' }])
  }
}
