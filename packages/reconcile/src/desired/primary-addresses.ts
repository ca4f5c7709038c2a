import type { Fields } from '@proxbox/contracts'
import ipaddr from 'ipaddr.js'
import type { DesiredOptions } from '../options.ts'

/** Pure: is the host in the network? An unreadable network holds nobody. */
export function inSubnet(host: string, subnet: string | null): boolean {
  if (subnet === null || !ipaddr.isValidCIDR(subnet)) return false
  const [network, bits] = ipaddr.parseCIDR(subnet)
  const address = ipaddr.parse(host)
  return address.kind() === network.kind() && address.match(network, bits)
}

/** Pure: primary addresses among an object's addresses, in their order; a family without address is absent, never blank. */
export function primaryFields(
  addresses: readonly { key: string; host: string }[],
  { endpoint }: DesiredOptions
): Fields {
  if (endpoint.primaryIpPolicy === 'never') return {}
  const pick = (six: boolean) => {
    const all = addresses.filter(({ host }) => host.includes(':') === six)
    const preferred =
      endpoint.primaryIpPolicy === 'prefer-subnet'
        ? all.find(({ host }) => inSubnet(host, endpoint.primaryIpSubnet))
        : undefined
    return preferred ?? all[0]
  }
  const [four, six] = [pick(false), pick(true)]
  return {
    ...(four ? { primary_ip4: { ref: four.key } } : {}),
    ...(six ? { primary_ip6: { ref: six.key } } : {})
  }
}
