import { type Change, type CurrentItem, isRef } from '@proxbox/contracts'
import { isBlank } from '../canonical.ts'
import type { Guarded } from './guard.ts'
import { parted } from './parted.ts'

const scopes = new Set(['scope', 'site'])
const mostNames = 10

/** Pure: VMs in the cluster whose site NetBox would change with it: those that say another one. */
function movedWith(
  change: Change,
  current: readonly CurrentItem[],
  resolve: (ref: string) => string
) {
  const to = change.after.scope ?? change.after.site
  const site = isRef(to) ? resolve(to.ref) : ''
  const cluster = `netbox:cluster/${change.netbox_id}`
  return current.filter(({ kind, fields }) => {
    if (kind !== 'vm' || !isRef(fields.cluster) || fields.cluster.ref !== cluster) return false
    return isRef(fields.site) && fields.site.ref !== site
  })
}

function reasonOf(moved: readonly CurrentItem[]): string {
  if (moved.length === 0) return 'Another scope of a cluster is for a person to approve.'
  const names = moved.slice(0, mostNames).map(({ label }) => label)
  const more = moved.length > mostNames ? ` and ${moved.length - mostNames} more` : ''
  return `NetBox would move ${moved.length} VMs to another site with their cluster: ${names.join(', ')}${more}.`
}

/** Pure: NetBox moves the VMs of a cluster with its scope: that is for a person, with their names. An empty scope may be filled while nothing moves. */
export function scopeChange(
  changes: readonly Change[],
  current: readonly CurrentItem[],
  resolve: (ref: string) => string
): Guarded {
  const isScope = (field: string) => scopes.has(field)
  return parted(changes, 'scope-change', (change) => {
    const fields = Object.keys(change.after).filter(isScope)
    if (change.kind !== 'cluster' || change.action !== 'update' || fields.length === 0) return
    const moved = movedWith(change, current, resolve)
    if (fields.every((field) => isBlank(change.before[field])) && moved.length === 0) return
    return { code: 'ITEM_HELD', reason: reasonOf(moved), fields: new Set(fields) }
  })
}
