import type { ClusterEstate, Guest } from '@proxbox/contracts'

/** Pure: the same cluster, read whole, with less in it: guests, NICs, interfaces and addresses that went. */
export function thinned(cluster: ClusterEstate, random: () => number): ClusterEstate {
  const some = <T>(all: readonly T[], share: number): T[] => all.filter(() => random() >= share)
  const guests = some(cluster.guests, 0.4).map((guest): Guest => {
    const { config, interfaces, ...row } = guest
    return {
      ...row,
      ...(config === undefined
        ? {}
        : {
            config: {
              ...config,
              nics: some(config.nics, 0.3).map((nic) => ({
                ...nic,
                addresses: some(nic.addresses, 0.5)
              }))
            }
          }),
      ...(interfaces === undefined
        ? {}
        : {
            interfaces: some(interfaces, 0.2).map((one) => ({
              ...one,
              addresses: some(one.addresses, 0.5)
            }))
          })
    }
  })
  const [first, ...others] = cluster.nodes
  const nodes = [...(first === undefined ? [] : [first]), ...some(others, 0.3)].map((node) => ({
    ...node,
    ...(node.interfaces === undefined
      ? {}
      : {
          interfaces: some(node.interfaces, 0.3).map((one) => ({
            ...one,
            addresses: some(one.addresses, 0.4)
          }))
        })
  }))
  const names = new Set(nodes.map(({ name }) => name))
  return { ...cluster, nodes, guests: guests.filter(({ node }) => names.has(node)) }
}
