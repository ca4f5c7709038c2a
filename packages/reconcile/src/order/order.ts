import {
  type Change,
  fieldSpec,
  isRef,
  type KindName,
  kindNames,
  type PlanStep,
  versionHas
} from '@proxbox/contracts'
import { lateKinds } from '../late-kinds.ts'
import { deleteLayers } from './delete-layers.ts'
import { givenAway, primariesGiven, type Taken, takenIn } from './given-away.ts'
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
  readonly of: (kind: KindName, action: Change['action']) => readonly Change[]
  /** The MAC that is made for a new interface, by interface key. */
  readonly macs: ReadonlyMap<string, string>
  /** MACs that are not sent in their own place. */
  readonly early: ReadonlySet<string>
  /** The custom fields that they must have, by their keys. */
  readonly customs: ReadonlyMap<string, readonly string[]>
  /** Is a MAC made with its interface? */
  readonly together: boolean
  /** Keys of clusters that leave their site before their devices do. */
  readonly moving: ReadonlySet<string>
  readonly taken: Taken
}

/** Pure: the custom fields that these Changes write, by key; only of those that write any. */
const customsOf = (changes: readonly Change[], keys: ReadonlySet<string>) =>
  new Map(
    changes.flatMap(({ key, after }) => {
      const fields = Object.keys(after).filter((field) => field.startsWith('cf.'))
      return keys.has(key) && fields.length > 0 ? [[key, fields] as const] : []
    })
  )

/** What is sent when it is the turn of a kind. */
function firstEntry(change: Change, { macs, together, moving, taken }: Order): Entry {
  const mac = macs.get(change.key)
  const freed = primariesGiven(change, taken)
  const fields = Object.keys(change.after).filter(
    (field) =>
      !isLate(change, field) ||
      freed[field] === null ||
      (field === 'primary_mac_address' && mac !== undefined && !together)
  )
  const values = { ...freed, ...(moving.has(change.key) ? nowhere : {}) }
  return {
    key: change.key,
    fields: fields.sort(),
    ...(mac !== undefined && together ? { with_mac: mac } : {}),
    ...(Object.keys(values).length === 0 ? {} : { values })
  }
}

/** What is sent when all exists. */
function lateEntry(change: Change, { macs, taken }: Order): Entry {
  const freed = primariesGiven(change, taken)
  const fields = Object.keys(change.after)
    .filter((field) => isLate(change, field))
    .filter((field) => field !== 'primary_mac_address' || !macs.has(change.key))
  const isFreed = Object.keys(freed).length > 0
  return { key: change.key, fields: fields.sort(), ...(isFreed ? { before: freed } : {}) }
}

const isSent = ({ fields }: Entry): boolean => fields.length > 0

const step = (kind: KindName, action: PlanStep['action'], entries: Entry[]): PlanStep[] =>
  entries.length === 0 ? [] : [{ kind, action, entries }]

/** An address that is primary cannot leave its interface: it follows when the next one is chosen. */
const isUnlinked = ({ kind, action, after }: Change): boolean =>
  kind === 'ip-address' && action === 'update' && after.assigned_object === null

/** Pure: what is made or changed of one kind: first what frees names, then who takes them. */
function firstSteps(kind: KindName, order: Order): PlanStep[] {
  const { of, early, customs, together, moving, taken } = order
  const macs = kind === 'interface' && !together ? [...early].sort() : []
  const creates = of(kind, 'create').filter(({ key }) => !early.has(key))
  const [updates, going] = [of(kind, 'update'), of(kind, 'delete')]
  const entries = [
    ...updates.map((change) => firstEntry(change, order)).filter(isSent),
    ...givenAway(going, taken)
  ]
  return [
    ...step(
      'mac-address',
      'create',
      macs.map((key) => ({ key, fields: [...(customs.get(key) ?? []), 'mac_address'] }))
    ),
    ...renameSteps([...updates, ...going], entries).flatMap((some) => step(kind, 'update', some)),
    ...step(
      kind,
      'create',
      creates.map((change) => firstEntry(change, order))
    ),
    ...(kind === 'device' ? arrivingSteps(moving) : [])
  ]
}

function lateSteps(kind: KindName, order: Order): PlanStep[] {
  if (!lateKinds.has(kind)) return []
  const changes = [...order.of(kind, 'update'), ...order.of(kind, 'create')]
  return step(kind, 'update', changes.map((change) => lateEntry(change, order)).filter(isSent))
}

const deleteSteps = (kind: KindName, { of }: Order): PlanStep[] =>
  deleteLayers(of(kind, 'delete')).flatMap((layer) =>
    step(
      kind,
      'delete',
      layer.map(({ key }) => ({ key, fields: [] }))
    )
  )

/**
 * Pure: Changes as steps that may be sent one after the other: kinds in order of dependency, per kind updates (which
 * free names) before creates, late fields when all exists, deletes in reverse. Every Change once, or once more for its
 * late fields, for an intermediate name, or for what it gives away before it is deleted; what NetBox deletes along with
 * something else not at all. A MAC of a new interface is made with it (NetBox ≥ 4.7; nothing
 * but the address can be said of it then), or unassigned before it.
 */
export function orderChanges(
  changes: readonly Change[],
  { netboxVersion }: { netboxVersion: string }
): PlanStep[] {
  const sorted = changes
    .filter(({ action, goes_with }) => action !== 'delete' || goes_with === undefined)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const groups = Map.groupBy(
    sorted.filter((change) => !isUnlinked(change)),
    ({ kind, action }) => `${kind} ${action}`
  )
  const macs = newMacs(sorted)
  const early = new Set(macs.values())
  const customs = customsOf(sorted, early)
  const order: Order = {
    of: (kind, action) => groups.get(`${kind} ${action}`) ?? [],
    macs,
    early,
    customs,
    together: versionHas(netboxVersion, '4.7') && customs.size === 0,
    moving: movingClusters(sorted),
    taken: takenIn(sorted)
  }
  const unlinked = sorted.filter(isUnlinked).map((change) => firstEntry(change, order))
  return [
    ...kindNames.flatMap((kind) => firstSteps(kind, order)),
    ...kindNames.flatMap((kind) => lateSteps(kind, order)),
    ...step('ip-address', 'update', unlinked),
    ...kindNames.toReversed().flatMap((kind) => deleteSteps(kind, order))
  ]
}
