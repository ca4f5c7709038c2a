import type { Guest, Item } from '@proxbox/contracts'
import { hostIn } from '../key-of.ts'

/** What NetBox takes as DNS name (NetBox ipam/validators.py, DNSValidator), without the wildcard. */
const valid = /^[0-9a-z_-]+(\.[0-9a-z_-]+)+$/i
const longest = 255

/**
 * Pure: the full name that Proxmox gives a guest by its configuration: a container by `hostname` and `searchdomain`
 * (pct.conf; it goes into /etc/hosts), a virtual machine likewise, but only through a cloud-init drive (qemu-server
 * Cloudinit.pm). Undefined where they tell none: the agent's hostname is no fully qualified one.
 */
export function dnsNameOf({ type, config }: Guest): string | undefined {
  const isTold = type === 'lxc' || config?.disks.some(({ media }) => media === 'cloud-init')
  const host = config?.name?.trim()
  if (!isTold || !host) return undefined
  // Of several search domains the first is the guest's own.
  const [domain = ''] = (config?.searchDomain ?? '').trim().split(/[\s,;]+/)
  const name = host.includes('.') ? host : `${host}.${domain.replace(/\.$/, '')}`
  return valid.test(name) && name.length <= longest ? name.toLowerCase() : undefined
}

const isSix = (host: string): boolean => host.includes(':')

/**
 * Pure: address key → DNS name, for the only address of its family: of several nobody tells which has the name.
 *
 * @param kept keys of the guest's addresses in the Ledger: while it does not tell them itself, it may still have them
 */
export function dnsNames(
  guest: Guest,
  addresses: readonly { readonly key: string; readonly host: string }[],
  kept: readonly string[]
): ReadonlyMap<string, string> {
  const name = dnsNameOf(guest)
  if (name === undefined) return new Map()
  const own = new Set(addresses.map(({ key }) => key))
  const untold = guest.interfaces === undefined ? kept.filter((key) => !own.has(key)) : []
  const families = Map.groupBy(addresses, ({ host }) => isSix(host))
  return new Map(
    [...families].flatMap(([six, all]) => {
      const isOnly = all.length === 1 && !untold.some((key) => isSix(hostIn(key)) === six)
      return isOnly ? all.map(({ key }) => [key, name] as const) : []
    })
  )
}

/** Pure: addresses with the names that they have. */
export const withDnsNames = (
  items: readonly Item[],
  names: ReadonlyMap<string, string>
): readonly Item[] =>
  names.size === 0
    ? items
    : items.map((item) => {
        const dns_name = names.get(item.key)
        if (dns_name === undefined) return item
        const sources = { ...item.sources, dns_name: 'config name, searchdomain' }
        return { ...item, fields: { ...item.fields, dns_name }, sources }
      })
