import { type Change, type CurrentItem, isRef } from '@proxbox/contracts'
import type { Guarded } from './guard.ts'
import { type Parting, parted } from './parted.ts'

interface Places {
  readonly current: readonly CurrentItem[]
  readonly resolve: (ref: string) => string
}

interface Move {
  readonly cluster: Change
  /** NetBox key of the site that the cluster goes to. */
  readonly to: string
  /** Devices that NetBox has in the cluster. */
  readonly hosts: readonly CurrentItem[]
}

const mostNames = 10

function movesIn(planned: readonly Change[], { current, resolve }: Places): readonly Move[] {
  return planned.flatMap((cluster) => {
    const { kind, action, netbox_id, after } = cluster
    const to = isRef(after.scope) ? resolve(after.scope.ref) : ''
    if (kind !== 'cluster' || action !== 'update' || !to.startsWith('netbox:site/')) return []
    const at = `netbox:cluster/${netbox_id}`
    const hosts = current.filter(
      (one) => one.kind === 'device' && isRef(one.fields.cluster) && one.fields.cluster.ref === at
    )
    return hosts.length === 0 ? [] : [{ cluster, to, hosts }]
  })
}

/** Which fields of which Changes wait, by key: approved with their cluster, or until the devices are there. */
interface Waiting {
  readonly together: Map<string, Parting>
  readonly alone: Map<string, Parting>
}

function wait({ cluster, to, hosts }: Move, sent: Sent, { together, alone }: Waiting): void {
  const isSent = sent.has(cluster, 'scope')
  const left = hosts.filter((host) => sent.siteOf(host) !== to)
  if (isSent && left.length === 0) return
  const names = left.slice(0, mostNames).map(({ label }) => label)
  const reason = isSent
    ? `NetBox takes another site of a cluster only when its devices are there: ${names.join(', ')}.`
    : `It goes to another site together with its cluster ${cluster.label}.`
  if (isSent) alone.set(cluster.key, partingOf(reason, 'scope'))
  for (const host of hosts) {
    const device = sent.of(host)
    if (device !== undefined) (isSent ? alone : together).set(device.key, partingOf(reason, 'site'))
  }
}

/** The Changes that are left, by their objects. */
interface Sent {
  has(change: Change, field: string): boolean
  of(item: CurrentItem): Change | undefined
  /** NetBox key of the site that a device will have. */
  siteOf(device: CurrentItem): string
}

function sentIn(changes: readonly Change[], { resolve }: Places): Sent {
  const byPlace = new Map(
    changes.map((change) => [`netbox:${change.kind}/${change.netbox_id}`, change])
  )
  const of = ({ key }: CurrentItem) => byPlace.get(key)
  return {
    of,
    has: ({ key }, field) => changes.some((one) => one.key === key && field in one.after),
    siteOf: (device) => {
      const site = of(device)?.after.site ?? device.fields.site
      return isRef(site) ? resolve(site.ref) : ''
    }
  }
}

/**
 * Pure: a cluster and its hosts go to another site together or not at all: NetBox takes neither where the other stays
 * (`Cluster.clean`, `Device.clean`).
 *
 * @param planned all Changes, before any of them was held
 */
export function waitForScope(
  changes: readonly Change[],
  planned: readonly Change[],
  places: Places
): Guarded {
  const moves = movesIn(planned, places)
  if (moves.length === 0) return { kept: changes, held: [] }
  const sent = sentIn(changes, places)
  const waiting: Waiting = { together: new Map(), alone: new Map() }
  for (const move of moves) wait(move, sent, waiting)
  // What only waits for its cluster is approved with it.
  const first = parted(changes, 'scope-change', partOf(waiting.together))
  const rest = parted(first.kept, 'references', partOf(waiting.alone))
  return { kept: rest.kept, held: [...first.held, ...rest.held] }
}

const partOf =
  (waiting: ReadonlyMap<string, Parting>) =>
  ({ key, after }: Change): Parting | undefined => {
    const parting = waiting.get(key)
    const isMoved = [...(parting?.fields ?? [])].some((field) => field in after)
    return isMoved ? parting : undefined
  }

const partingOf = (reason: string, field: string): Parting => ({
  code: 'ITEM_HELD',
  reason,
  fields: new Set([field])
})
