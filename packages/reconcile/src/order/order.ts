import {
  type Change,
  fieldSpec,
  isRef,
  type KindName,
  kindNames,
  type PlanStep,
  versionHas
} from '@proxbox/contracts'
import { deleteLayers } from './delete-layers.ts'
import { givenAway } from './given-away.ts'
import { renameSteps } from './rename-steps.ts'
import { arrivingSteps, movingClusters, nowhere } from './scope-steps.ts'

type Entry = PlanStep['entries'][number]

/** What is emptied is not late: NetBox lets a primary address go elsewhere only when nothing has it as such. */
const isLate = (change: Change, field: string): boolean =>
  fieldSpec(change.kind, field)?.late === true && change.after[field] !== null

/** Pure: the MAC that is made for a new interface, by interface key, where both are new. */
function newMacs(changes: readonly Change[]): ReadonlyMap<string, string> {
  const macs = new Set(
    changes
      .filter((one) => one.kind === 'mac-address' && one.action === 'create')
      .map((one) => one.key)
  )
  return new Map(
    changes.flatMap((change) => {
      const primary = change.after.primary_mac_address
      return change.action === 'create' && isRef(primary) && macs.has(primary.ref)
        ? [[change.key, primary.ref] as const]
        : []
    })
  )
}

interface Order {
  readonly macs: ReadonlyMap<string, string>
  /** MACs that are not sent in their own place. */
  readonly early: ReadonlySet<string>
  readonly together: boolean
  /** Keys of clusters that leave their site before their devices do. */
  readonly moving: ReadonlySet<string>
}

function firstEntry(change: Change, { macs, together, moving }: Order): Entry {
  const mac = macs.get(change.key)
  const fields = Object.keys(change.after)
    .filter(
      (field) =>
        !isLate(change, field) ||
        (field === 'primary_mac_address' && mac !== undefined && !together)
    )
    .sort()
  return {
    key: change.key,
    fields,
    ...(mac !== undefined && together ? { with_mac: mac } : {}),
    ...(moving.has(change.key) ? { values: nowhere } : {})
  }
}

function lateEntry(change: Change, { macs }: Order): Entry {
  const fields = Object.keys(change.after)
    .filter((field) => isLate(change, field))
    .filter((field) => field !== 'primary_mac_address' || !macs.has(change.key))
    .sort()
  return { key: change.key, fields }
}

const step = (kind: KindName, action: PlanStep['action'], entries: Entry[]): PlanStep[] =>
  entries.length === 0 ? [] : [{ kind, action, entries }]

/** An address that is primary cannot leave its interface: it follows when the next one is chosen. */
const isUnlinked = ({ kind, action, after }: Change): boolean =>
  kind === 'ip-address' && action === 'update' && after.assigned_object === null

/**
 * Pure: Changes as steps that may be sent one after the other: kinds in order of dependency, per kind updates (which
 * free names) before creates, late fields when all exists, deletes in reverse. Every Change once, or once more for its late
 * fields, for an intermediate name, or for what it gives away before it is deleted; what NetBox deletes along with
 * something else not at all. A MAC of a new interface is made with it (NetBox ≥ 4.7), or unassigned before it.
 */
export function orderChanges(
  changes: readonly Change[],
  { netboxVersion }: { netboxVersion: string }
): PlanStep[] {
  const sorted = changes
    .filter(({ action, goes_with }) => action !== 'delete' || goes_with === undefined)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const byKind = Map.groupBy(
    sorted.filter((change) => !isUnlinked(change)),
    (change) => change.kind
  )
  const of = (kind: KindName, action: Change['action']) =>
    (byKind.get(kind) ?? []).filter((change) => change.action === action)
  const macs = newMacs(sorted)
  const order: Order = {
    macs,
    early: new Set(macs.values()),
    together: versionHas(netboxVersion, '4.7'),
    moving: movingClusters(sorted)
  }
  const firsts = kindNames.flatMap((kind) => {
    const early = kind === 'interface' && !order.together ? [...order.early].sort() : []
    const creates = of(kind, 'create').filter((change) => !order.early.has(change.key))
    const updates = of(kind, 'update').map((change) => firstEntry(change, order))
    const going = of(kind, 'delete')
    return [
      ...step(
        'mac-address',
        'create',
        early.map((key) => ({ key, fields: ['mac_address'] }))
      ),
      ...renameSteps(
        [...of(kind, 'update'), ...going],
        [...updates.filter((entry) => entry.fields.length > 0), ...givenAway(going, sorted)]
      ).flatMap((entries) => step(kind, 'update', entries)),
      ...step(
        kind,
        'create',
        creates.map((change) => firstEntry(change, order))
      ),
      ...(kind === 'device' ? arrivingSteps(order.moving) : [])
    ]
  })
  const lates = kindNames.flatMap((kind) => {
    const entries = [...of(kind, 'update'), ...of(kind, 'create')].map((change) =>
      lateEntry(change, order)
    )
    return step(
      kind,
      'update',
      entries.filter((entry) => entry.fields.length > 0)
    )
  })
  const unlinked = sorted.filter(isUnlinked).map((change) => firstEntry(change, order))
  const deletes = kindNames.toReversed().flatMap((kind) =>
    deleteLayers(of(kind, 'delete')).flatMap((layer) =>
      step(
        kind,
        'delete',
        layer.map(({ key }) => ({ key, fields: [] }))
      )
    )
  )
  return [...firsts, ...lates, ...step('ip-address', 'update', unlinked), ...deletes]
}
