import type { Estate, Item } from '@proxbox/contracts'
import { inUnits } from '../desired/disks.ts'
import { type Decisions, ruleName } from '../identity/conflicts.ts'
import { clusterKey, clusterOf } from '../key-of.ts'
import type { Desired, EndpointOptions } from '../options.ts'
import { baseSetting, bytesIn, type UnitField, unitField } from './bytes-of.ts'

/** What a megabyte is in a cluster's memory, or in its disks, and by whose word. */
export interface UnitBase {
  readonly base: number
  readonly rule?: string
}
export type BaseOf = (cluster: string, field: UnitField) => UnitBase

/** Pure: the NetBox Endpoint's bases, unless a person has decided about a cluster; a Rule without a field is about both. */
export function baseOf(endpoint: EndpointOptions, decisions: Decisions): BaseOf {
  return (cluster, field) => {
    const key = clusterKey(cluster)
    const rule =
      decisions.of(key, baseSetting[field], 'unit-base') ?? decisions.of(key, null, 'unit-base')
    if (rule !== undefined) return { base: Number(rule.decision), rule: ruleName(rule) }
    return { base: field === 'memory' ? endpoint.ramBase : endpoint.diskBase }
  }
}

function inBase(item: Item, base: BaseOf, bytes: ReadonlyMap<string, number>): Item {
  const field = unitField(item.kind)
  const cluster = clusterOf(item.key)
  const size = bytes.get(item.key)
  if (field === undefined || cluster === undefined || size === undefined) return item
  if (item.fields[field] === undefined) return item
  return { ...item, fields: { ...item.fields, [field]: inUnits(size, base(cluster, field).base) } }
}

/** Pure: the same, with memory and disk sizes in the units that were decided for their clusters. */
export function inDecidedBases(
  desired: Desired,
  estate: Estate,
  { endpoint, decisions }: { endpoint: EndpointOptions; decisions: Decisions }
): Desired {
  const base = baseOf(endpoint, decisions)
  const isDecided = estate.clusters.some(({ clusterId }) =>
    (['memory', 'size'] as const).some((field) => base(clusterId, field).rule !== undefined)
  )
  if (!isDecided) return desired
  const bytes = bytesIn(estate)
  return { ...desired, items: desired.items.map((item) => inBase(item, base, bytes)) }
}
