import ipaddr from 'ipaddr.js'

export interface ParsedAddress {
  /** Canonical text without zone. */
  readonly address: string
  readonly prefixLength: number
  readonly family: 4 | 6
}

/** Pure: an address with its prefix length; the family is read from the address itself, a zone (`%eth0`) is cut. */
export function addressFrom(
  text: string,
  prefixLength: number | undefined
): ParsedAddress | undefined {
  const bare = (text.split('%')[0] ?? '').trim()
  const address = parsed(bare)
  if (address === undefined || prefixLength === undefined) return undefined
  const bits = address.family === 4 ? 32 : 128
  if (prefixLength < 0 || prefixLength > bits) return undefined
  return { ...address, prefixLength }
}

/** Pure: `192.0.2.1/24` in canonical form; undefined for dhcp, auto, manual and what is no address. */
export function cidrFrom(text: string | undefined): string | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec((text ?? '').trim())
  if (match === null) return undefined
  const found = addressFrom(match[1] ?? '', Number(match[2]))
  return found === undefined ? undefined : `${found.address}/${found.prefixLength}`
}

function parsed(text: string): { address: string; family: 4 | 6 } | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { address: text, family: 4 }
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined
  return { address: ipaddr.IPv6.parse(text).toRFC5952String(), family: 6 }
}
