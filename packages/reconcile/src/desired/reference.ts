import { type CurrentItem, type FieldValue, isRef } from '@proxbox/contracts'
import ipaddr from 'ipaddr.js'
import { hostOf } from '../canonical.ts'

/** What NetBox has and we only refer to, indexed once. */
export interface Reference {
  bySlug(kind: string, slug: string): CurrentItem | undefined
  /** The only one of that name, whatever its slug is. */
  byName(kind: string, name: string): CurrentItem | undefined
  readonly sites: readonly CurrentItem[]
  /** NetBox clusters, in any site. */
  readonly clusters: readonly CurrentItem[]
  /** VLANs with that vid that an object of the site, in this NetBox cluster if it is known, may use. */
  vlans(vid: number, site: string, cluster?: string): readonly CurrentItem[]
  /** Slug of a VLAN's group; undefined without one. */
  groupOf(vlan: CurrentItem): string | undefined
  /** The site of a scope: a location's, else the scope itself. */
  siteOf(scope: string): string
  /** VRF key of the longest prefix of the site around the host; null = global; `several` when equal ones disagree. */
  vrf(host: string, site: string): string | null | 'several'
  /** Has NetBox this host in this VRF, whatever it is assigned to? */
  hasAddress(host: string, vrf: string | null): boolean
}

const refOf = (value: FieldValue | undefined): string | undefined =>
  isRef(value) ? value.ref : undefined

function network(host: string, bits: number): string | undefined {
  if (!ipaddr.isValid(host)) return undefined
  const bytes = ipaddr.parse(host).toByteArray()
  return bytes
    .map((byte, index) => byte & (0xff << Math.max(0, Math.min(8, (index + 1) * 8 - bits))) & 0xff)
    .join('.')
}

/** Pure: VRFs by prefix, by site; a prefix of a location is one of its site, as NetBox itself counts it. */
function prefixIndex(
  items: readonly CurrentItem[],
  siteOf: (scope: string) => string
): Map<string, Map<string, Set<string | null>>> {
  const sites = new Map<string, Map<string, Set<string | null>>>()
  for (const { fields } of items) {
    const scope = refOf(fields.scope)
    const site = scope === undefined ? undefined : siteOf(scope)
    const [host, bits] = String(fields.prefix).split('/')
    const base = network(host ?? '', Number(bits))
    if (site === undefined || base === undefined) continue
    const known = sites.get(site) ?? new Map<string, Set<string | null>>()
    const key = `${bits}|${base}`
    known.set(key, (known.get(key) ?? new Set()).add(refOf(fields.vrf) ?? null))
    sites.set(site, known)
  }
  return sites
}

const lower = (value: unknown): string =>
  String(value ?? '')
    .trim()
    .toLowerCase()

/** What a place lies in itself: a site in a region and a group, those in others, a location in its site. */
const holders: Readonly<Record<string, readonly string[]>> = {
  location: ['site'],
  site: ['region', 'group'],
  region: ['parent'],
  'site-group': ['parent']
}

const placesOf = (items: readonly CurrentItem[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    items.flatMap(({ key, kind, fields }) => {
      const held = (holders[kind] ?? []).flatMap((field) => refOf(fields[field]) ?? [])
      return held.length === 0 ? [] : [[key, held] as const]
    })
  )

/** Pure: a site with the regions and groups that it lies in, however deep. */
function around(site: string, places: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const all = new Set([site])
  // A set is walked in the order of adding, with what is added meanwhile; each place is in it once.
  for (const place of all) for (const holder of places.get(place) ?? []) all.add(holder)
  return all
}

const addressIn = (vrf: string | null | undefined, host: string): string => `${vrf ?? ''}|${host}`

/** Pure: the index over what was read. */
export function referenceOf(items: readonly CurrentItem[]): Reference {
  const of = (kind: string) => items.filter((item) => item.kind === kind)
  const slugs = new Map(items.map((item) => [`${item.kind}|${String(item.fields.slug)}`, item]))
  const named = new Map<string, Map<string, CurrentItem[]>>()
  const namesOf = (kind: string): Map<string, CurrentItem[]> => {
    const known = named.get(kind) ?? Map.groupBy(of(kind), (item) => lower(item.fields.name))
    named.set(kind, known)
    return known
  }
  const groups = new Map(of('vlan-group').map((group) => [group.key, group]))
  const vlans = Map.groupBy(of('vlan'), (vlan) => Number(vlan.fields.vid))
  const places = placesOf(items)
  const addresses = new Set(
    of('ip-address').map(({ fields }) =>
      addressIn(refOf(fields.vrf), hostOf(String(fields.address)))
    )
  )
  const siteOf = (scope: string): string =>
    scope.startsWith('netbox:location/') ? (places.get(scope)?.[0] ?? scope) : scope
  const prefixes = prefixIndex(of('prefix'), siteOf)
  const fits = (vlan: CurrentItem, site: string, cluster?: string): boolean => {
    const group = groups.get(refOf(vlan.fields.group) ?? '')
    if (group !== undefined) {
      const scope = refOf(group.fields.scope)
      if (scope === undefined) return false
      return scope === cluster || siteOf(scope) === site || around(site, places).has(scope)
    }
    const own = refOf(vlan.fields.site)
    return refOf(vlan.fields.group) === undefined && (own === undefined || own === site)
  }
  return {
    byName: (kind, name) => {
      const found = namesOf(kind).get(lower(name)) ?? []
      return found.length === 1 ? found[0] : undefined
    },
    bySlug: (kind, slug) => slugs.get(`${kind}|${slug}`),
    sites: of('site'),
    siteOf,
    clusters: of('cluster'),
    vlans: (vid, site, cluster) =>
      (vlans.get(vid) ?? []).filter((vlan) => fits(vlan, site, cluster)),
    groupOf: (vlan) => {
      const slug = groups.get(refOf(vlan.fields.group) ?? '')?.fields.slug
      return typeof slug === 'string' ? slug : undefined
    },
    vrf: (host, site) => {
      const known = prefixes.get(site)
      if (known === undefined) return null
      for (let bits = host.includes(':') ? 128 : 32; bits >= 0; bits--) {
        const vrfs = known.get(`${bits}|${network(host, bits)}`)
        if (vrfs !== undefined) return vrfs.size > 1 ? 'several' : ([...vrfs][0] ?? null)
      }
      return null
    },
    hasAddress: (host, vrf) => addresses.has(addressIn(vrf, host))
  }
}
