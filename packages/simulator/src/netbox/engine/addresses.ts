import ipaddr from 'ipaddr.js'

export interface Network {
  readonly family: 4 | 6
  readonly host: string
  readonly bits: number
  /** First and last address of the network, as text. */
  readonly first: string
  readonly last: string
}

/** Reads `host[/bits]`; undefined when it is none. Hosts come back in canonical form. */
export function networkFrom(text: string): Network | undefined {
  const [hostText = '', bitsText, more] = text.trim().split('/')
  if (more !== undefined || !ipaddr.isValid(hostText) || !isFull(hostText)) return undefined
  const host = ipaddr.parse(hostText)
  const family = host.kind() === 'ipv4' ? 4 : 6
  const width = family === 4 ? 32 : 128
  const bits = bitsText === undefined ? width : Number(bitsText)
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined
  if (bits > width) return undefined
  const bytes = host.toByteArray()
  return {
    family,
    host: host.toString(),
    bits,
    first: ipaddr.fromByteArray(masked(bytes, bits, 0)).toString(),
    last: ipaddr.fromByteArray(masked(bytes, bits, 255)).toString()
  }
}

/** Sorts as PostgreSQL's inet: family, then network bytes, then prefix length. */
export function addressSortKey(text: string): string {
  const network = networkFrom(text)
  if (!network) return text
  const bytes = ipaddr.parse(network.host).toByteArray()
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${network.family}${hex}/${String(network.bits).padStart(3, '0')}`
}

export function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false
  return networkFrom(`${inner.host}/${outer.bits}`)?.first === outer.first
}

/** Any usual notation of a MAC address, as NetBox writes it: upper case with colons. */
export function macFrom(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const digits = value.trim().replaceAll(/[:.-]/g, '')
  if (!/^[0-9a-f]{12}$/i.test(digits)) return undefined
  return (digits.toUpperCase().match(/../g) ?? []).join(':')
}

// "10.1" is a valid IPv4 address for ipaddr.js, but not for NetBox.
function isFull(host: string): boolean {
  return host.includes(':') || host.split('.').length === 4
}

function masked(bytes: readonly number[], bits: number, fill: 0 | 255): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.max(0, Math.min(8, bits - index * 8))
    const mask = (0xff << (8 - kept)) & 0xff
    return (byte & mask) | (fill & ~mask & 0xff)
  })
}
