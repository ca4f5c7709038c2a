import type { CurrentItem, Fields, Item, Notice } from '@proxbox/contracts'
import { clusterKey, vlanGroupKey, vlanKey } from '../key-of.ts'
import type { DesiredOptions } from '../options.ts'
import type { Placed } from './clusters.ts'
import type { Reference } from './reference.ts'

export interface Vlans {
  readonly fields: Fields
  readonly items: readonly Item[]
  readonly notices: readonly Notice[]
}

/** What is said of an interface whose VLANs are not known: nothing, so that NetBox's stay. */
export const noVlans: Vlans = { fields: {}, items: [], notices: [] }

const groupSlug = ({ cluster }: Placed): string => `proxmox-${cluster.clusterId}`

function created(vid: number, placed: Placed): { ref: string; items: Item[] } {
  const { cluster } = placed
  const group = vlanGroupKey(cluster.clusterId)
  const key = vlanKey(cluster.clusterId, vid)
  return {
    ref: key,
    items: [
      {
        key: group,
        kind: 'vlan-group',
        fields: {
          name: `Proxmox ${cluster.name} (${cluster.clusterId})`.slice(0, 100),
          slug: groupSlug(placed),
          scope: { ref: clusterKey(cluster.clusterId) }
        }
      },
      { key, kind: 'vlan', fields: { vid, name: `VLAN ${vid}`, group: { ref: group } } }
    ]
  }
}

const notOne = (vid: number, count: number): string =>
  `VLAN ${vid} is ${count === 0 ? 'not in NetBox' : `${count} VLANs in NetBox`}: the interface's VLANs are left as they are.`

const modeOf = (untagged: number | undefined, tagged: readonly number[]): string | null => {
  if (tagged.length > 0) return 'tagged'
  return untagged === undefined ? null : 'access'
}

/** Pure: mode and VLANs of an interface; nothing at all when one of them is not exactly one VLAN of NetBox. */
export function vlanFields(
  wanted: { key: string; label: string; untagged?: number | undefined; tagged: readonly number[] },
  placed: Placed,
  options: DesiredOptions,
  reference: Reference
): Vlans {
  const { untagged, tagged } = wanted
  const vids = [...new Set([...(untagged === undefined ? [] : [untagged]), ...tagged])]
  const refs = new Map<number, string>()
  const items: Item[] = []
  for (const vid of vids) {
    const all = reference.vlans(vid, placed.site, placed.netboxKey)
    // What we made ourselves stays an Item of ours.
    const own = (vlan: CurrentItem) => reference.groupOf(vlan) === groupSlug(placed)
    const found = options.endpoint.vlanCreate ? all.filter((vlan) => !own(vlan)) : all
    if (found.length === 1 && found[0] !== undefined) refs.set(vid, found[0].key)
    if (found.length === 0 && options.endpoint.vlanCreate) {
      const made = created(vid, placed)
      refs.set(vid, made.ref)
      items.push(...made.items)
    }
    if (refs.has(vid)) continue
    const detail = notOne(vid, found.length)
    return {
      fields: {},
      items: [],
      notices: [{ key: wanted.key, label: wanted.label, code: 'VLAN_UNRESOLVED', detail }]
    }
  }
  const ref = (vid: number) => ({ ref: refs.get(vid) ?? '' })
  const mode = modeOf(untagged, tagged)
  return {
    fields: {
      mode,
      untagged_vlan: untagged === undefined ? null : ref(untagged),
      tagged_vlans: tagged.filter((vid) => vid !== untagged).map(ref)
    },
    items,
    notices: []
  }
}
