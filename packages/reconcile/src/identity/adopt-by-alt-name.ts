import type { Item } from '@proxbox/contracts'
import type { Found } from './found.ts'
import type { Matching } from './matching.ts'
import { refIn, textOf } from './natural.ts'

/** Pure: the name in the key of a node's interface: what Proxmox called it. */
const nameIn = (key: string): string => key.slice(key.lastIndexOf('/') + 1).toLowerCase()

/**
 * The interface that had one of this NIC's other names (`altnames` of /nodes/{node}/network) and that Proxmox lists under
 * that name no longer: a renamed port keeps its object, with its cable and all that a person said of it.
 */
export function byAltName(item: Item, matching: Matching): Found | undefined {
  const others = new Set((item.evidence?.alt_names ?? '').toLowerCase().split(',').filter(Boolean))
  if (others.size === 0) return undefined
  const device = refIn(item.fields, 'device', matching.resolve)
  const found = matching.childrenOf('interface', device).flatMap((one): Found[] => {
    const owner = matching.claimed.get(one.key)
    if (owner === undefined)
      return others.has(textOf(one.fields, 'name')) ? [{ current: one, by: 'name' }] : []
    const known = matching.byKey.get(owner)
    const isOther = known === undefined || matching.desiredKeys.has(owner)
    return isOther || !others.has(nameIn(owner))
      ? []
      : [{ current: one, by: 'name', origin: known.origin, moved: true, base: known.base }]
  })
  return found.length === 1 ? found[0] : undefined
}
