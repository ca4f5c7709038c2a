import type { Change, Estate } from '@proxbox/contracts'
import { gapsOf } from '@proxbox/contracts'
import { guestOf } from '../key-of.ts'
import { type Guarded, guardBy } from './guard.ts'

/** Pure: nothing is deleted where a gap may hide it: the guest's configuration, its node or its cluster. */
export function spareGaps(changes: readonly Change[], estate: Estate): Guarded {
  const covers = new Set<string>()
  for (const gap of gapsOf(estate)) {
    if (gap.scope === 'guest' && gap.facet === 'config') covers.add(`${gap.cluster}|${gap.vmid}`)
    if (gap.scope === 'cluster' || gap.scope === 'guests') covers.add(gap.cluster)
  }
  return guardBy('spare-gaps', changes, (change) => {
    if (change.action !== 'delete') return undefined
    const [, cluster = '', vmid = ''] =
      /^vm:([^/]+)\/[^/]+\/(\d+)/.exec(guestOf(change.key) ?? '') ?? []
    return covers.has(cluster) || covers.has(`${cluster}|${vmid}`)
      ? { code: 'GAP', reason: 'Proxmox could not be read there: missing is not gone.' }
      : undefined
  })
}
