import { isIP } from 'node:net'
import { FieldErrors } from '@proxbox/service-kit'

interface Address {
  readonly domain?: string | undefined
  readonly ipAddress?: string | null | undefined
}

/** Pure: where an Endpoint is: its domain, else its address. */
export const hostOf = ({ domain, ipAddress }: Address): string =>
  domain === undefined || domain === '' ? ((ipAddress ?? '').split('/')[0] ?? '') : domain

/** Pure: where its REST API begins, without trailing slash. */
export function baseUrlOf(row: Address & { readonly useHttps: boolean; readonly port: number }) {
  const host = hostOf(row)
  return `${row.useHttps ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}:${row.port}`
}

/** Pure: is this `address/length`? */
export function isSubnet(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits
}

/** @throws FieldErrors when neither domain nor address is given, or the address is none. */
export function checkAddress(row: Address): void {
  const bare = (row.ipAddress ?? '').split('/')[0] ?? ''
  if (bare !== '' && isIP(bare) === 0)
    throw new FieldErrors({ ip_address: [`"${row.ipAddress}" is no IP address.`] })
  if (hostOf(row) === '') throw new FieldErrors({ domain: ['Give a domain or an ip_address.'] })
}
