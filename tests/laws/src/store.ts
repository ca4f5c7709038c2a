import { type CurrentItem, type Fields, type KindName, kinds, versionHas } from '@proxbox/contracts'
import { decodeObject, encodeFields } from '@proxbox/netbox'
import { createNetBox, type NetBoxState, type NetBoxVersion } from '@proxbox/simulator/netbox'

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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

/** An answer of NetBox that is not the wanted one. */
class Refused extends Error {}

/** A NetBox without a socket, read and written as the client does: whole tables, lists of objects. */
export class Store {
  readonly netbox: NetBoxState
  /** POST, PATCH and DELETE that were sent. */
  writes = 0
  /** Tables as read since the last write. */
  private readonly seen = new Map<KindName, CurrentItem[]>()

  constructor(netbox: NetBoxState) {
    this.netbox = netbox
  }

  static fresh(version: NetBoxVersion, seed = 1): Store {
    const now = () => new Date('2026-01-01T00:00:00Z')
    const store = new Store(createNetBox({ version, seed, now }))
    store.call('POST', 'dcim/sites/', [{ name: 'Home', slug: 'home' }])
    store.writes = 0
    return store
  }

  get version(): NetBoxVersion {
    return this.netbox.version
  }

  copy(): Store {
    return new Store(this.netbox.clone())
  }

  /** @throws Refused with NetBox's words */
  call(method: string, path: string, body?: unknown): unknown {
    if (method !== 'GET') {
      this.writes += 1
      this.seen.clear()
    }
    const answer = this.netbox.handle({
      method,
      path: `/api/${path}`,
      ...(body === undefined ? {} : { body })
    })
    if (answer.status >= 400) throw new Refused(`${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  read(wanted: readonly KindName[]): CurrentItem[] {
    return wanted.flatMap((kind) => {
      const table = this.seen.get(kind) ?? this.readTable(kind)
      this.seen.set(kind, table)
      return table
    })
  }

  private readTable(kind: KindName): CurrentItem[] {
    if (!versionHas(this.version, kinds[kind].since)) return []
    const query = `limit=1000&ordering=id&fields=${wireFields(kind)}`
    const page = this.call('GET', `${kinds[kind].path}?${query}`)
    const rows = isJson(page) && Array.isArray(page.results) ? page.results.filter(isJson) : []
    return rows.map((row) => decodeObject(kind, row))
  }

  /** Makes objects and gives them back in the order sent. */
  create(kind: KindName, all: readonly { fields: Fields; mac?: string }[]): CurrentItem[] {
    const body = all.map(({ fields, mac }) => ({
      ...encodeFields(kind, fields, this.version),
      ...(mac === undefined ? {} : { mac_address: mac })
    }))
    const made = this.call('POST', kinds[kind].path, body)
    return (Array.isArray(made) ? made : []).filter(isJson).map((row) => decodeObject(kind, row))
  }

  update(kind: KindName, all: readonly { id: number; fields: Fields }[]): void {
    const body = all.map(({ id, fields }) => ({ id, ...encodeFields(kind, fields, this.version) }))
    this.call('PATCH', kinds[kind].path, body)
  }

  delete(kind: KindName, ids: readonly number[]): void {
    this.call(
      'DELETE',
      kinds[kind].path,
      ids.map((id) => ({ id }))
    )
  }
}
