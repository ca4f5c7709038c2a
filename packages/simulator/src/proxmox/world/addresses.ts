import type { Address, World } from './world-shape.ts'

type Counted = Pick<World, 'counters'>

/** The next MAC under Proxmox's own prefix BC:24:11, upper case as in config files. */
export function nextMac(world: Counted): string {
  const n = world.counters.mac++ & 0xffffff
  const tail = n.toString(16).padStart(6, '0').toUpperCase()
  return `BC:24:11:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`
}

/** The next unused guest address: 250 hosts (.2–.251) in each /24 of 10.0.0.0/8. */
export function nextAddress(world: Counted): Address {
  const n = world.counters.address++
  const network = Math.floor(n / 250)
  return {
    address: `10.${(network >> 8) & 255}.${network & 255}.${2 + (n % 250)}`,
    family: 4,
    prefix: 24
  }
}

/** An IPv6 address that is as unique as the IPv4 address that it is made from. */
export function secondFamily(address: Address): Address {
  const [, a = '0', b = '0', c = '0'] = address.address.split('.')
  const hex = (octet: string) => Number(octet).toString(16)
  return { address: `2001:db8:${hex(a)}:${hex(b)}::${hex(c)}`, family: 6, prefix: 64 }
}

/** The first address of a generated address's network: where the gateway sits. */
export function gatewayOf(address: Address): string {
  return address.address.replace(/\.\d+$/, '.1')
}

/** Where the counters of a world start, so that worlds with different bases never meet. */
export function countersFrom(addressBase: number): World['counters'] {
  const base = addressBase & 255
  return { mac: base << 16, address: base * 256 * 250 }
}
