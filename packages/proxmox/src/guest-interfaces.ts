import type { GuestInterface } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { addressFrom, cidrFrom } from './config/address.ts'
import { macFrom } from './config/mac.ts'
import { defined } from './defined.ts'
import { tryDecode } from './wire/decode.ts'
import { GuestAddressRow, GuestInterfaceRow } from './wire/schemas.ts'

type Interface = Static<typeof GuestInterface>

export interface ReadInterfaces {
  readonly interfaces: Interface[]
  /** What could not be read, in words; absent when all could. */
  readonly nonsense?: string
}

/**
 * Pure: the rows of the QEMU agent's network-get-interfaces (its `result`) or of /lxc/{id}/interfaces. The family is
 * that of the address, because the two name it differently; zone ids are cut.
 * Sorted by name; addresses stay in the guest's order, whose first is often its main one.
 */
export function guestInterfacesFrom(rows: unknown): ReadInterfaces {
  if (!Array.isArray(rows)) return { interfaces: [], nonsense: `no list but ${kindOf(rows)}` }
  const broken: string[] = []
  const interfaces = rows.flatMap((row: unknown, index) => {
    const decoded = tryDecode(GuestInterfaceRow, row)
    if (decoded === undefined) {
      broken.push(`interface ${index + 1} has no usable form`)
      return []
    }
    const listed = decoded['ip-addresses'] ?? undefined
    const addresses =
      listed === undefined
        ? [decoded.inet, decoded.inet6].flatMap((text) => fromCidr(text, broken))
        : listed.flatMap((address) => fromRow(address, decoded.name, broken))
    const mac = macFrom(decoded['hardware-address']) ?? macFrom(decoded.hwaddr)
    return [defined({ name: decoded.name, mac, addresses })]
  })
  interfaces.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  return broken.length === 0
    ? { interfaces }
    : { interfaces, nonsense: broken.slice(0, 3).join('; ') }
}

function fromRow(row: unknown, name: string, broken: string[]): Interface['addresses'] {
  const decoded = tryDecode(GuestAddressRow, row)
  const address =
    decoded === undefined ? undefined : addressFrom(decoded['ip-address'], decoded.prefix)
  if (address !== undefined) return [address]
  broken.push(`an address of ${name.slice(0, 40)} has no usable form`)
  return []
}

function fromCidr(text: string | undefined, broken: string[]): Interface['addresses'] {
  if (text === undefined || text === '') return []
  const [address = '', prefix] = (cidrFrom(text) ?? '').split('/')
  const parsed = addressFrom(address, Number(prefix))
  if (parsed !== undefined) return [parsed]
  broken.push('an address has no usable form')
  return []
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
