import {
  type Conflict,
  type DecisionRule,
  type Gap,
  type NamedConflict,
  type SyncType,
  syncTypes
} from '@proxbox/contracts'
import { type NetBox, readLastEditor } from '@proxbox/netbox'
import type { StreamQuery } from '../backend/query.ts'
import type { Sides } from './read-sides.ts'
import type { SyncParts } from './run-parts.ts'

/** Sync types without which a Run does not compare everything that can be in conflict. */
const comparing: readonly SyncType[] = ['virtual-machines', 'vm-disks', 'network-interfaces']

/** Pure: does this Run look at everything? Only then is what it does not name gone. */
export const isWhole = (types: readonly SyncType[], query: StreamQuery): boolean =>
  comparing.every((type) => types.includes(type)) &&
  query.netboxVmIds.length === 0 &&
  query.proxmoxEndpointIds.length === 0

const mostEditors = 20

/** Conflicts about another writer name who changed the object last, as far as NetBox's changelog tells. */
export async function withEditors(
  conflicts: readonly Conflict[],
  netbox: NetBox,
  signal: AbortSignal
): Promise<Conflict[]> {
  const named = conflicts.filter(({ code }) => code === 'drift-in-a-row').slice(0, mostEditors)
  const editors = new Map<Conflict, string>()
  for (const conflict of named) {
    if (conflict.netbox_id === null) continue
    const about = { kind: conflict.kind, id: conflict.netbox_id }
    const editor = await readLastEditor(netbox, about, signal)
    if (editor !== undefined)
      editors.set(conflict, ` Last changed in NetBox by ${editor.user} at ${editor.at}.`)
  }
  return conflicts.map((one) => ({ ...one, detail: `${one.detail}${editors.get(one) ?? ''}` }))
}

/**
 * Stores conflicts, and what is asked about clusters. Those that a whole Run no longer finds are gone, unless a gap may
 * hide them; what was asked about a cluster is gone once it is settled, whatever else could not be read.
 */
export async function recordConflicts(
  conflicts: readonly Conflict[],
  isReadWhole: boolean,
  { facts, proxmox, known, types, query }: Sides & Pick<SyncParts, 'types' | 'query'>
): Promise<void> {
  const last = isReadWhole && isWhole(types, query)
  const questions = proxmox.questions.map((one) => withObject(one, known))
  const all = withKnown([...conflicts, ...questions], known.decisions)
  if (last || all.length > 0 || proxmox.settled.length > 0)
    await facts.recordConflicts(all, { last, settled: proxmox.settled })
}

const placeOf = ({ key, field, code }: Pick<Conflict, 'key' | 'field' | 'code'>): string =>
  JSON.stringify([key, field, code])

/** Pure: each with the decision that this Run had read about it: one that a person makes meanwhile is not overruled. */
export function withKnown(
  conflicts: readonly Conflict[],
  decisions: readonly DecisionRule[]
): NamedConflict[] {
  const rules = new Map(decisions.map((rule) => [placeOf(rule), rule]))
  return conflicts.map((conflict) => {
    const rule = rules.get(placeOf(conflict))
    return rule === undefined
      ? conflict
      : { ...conflict, known: { rule: rule.id, decision: rule.decision } }
  })
}

/** Pure: a question of the registry, which does not know where the cluster is in NetBox. */
const withObject = (question: Conflict, { ledger }: Sides['known']): Conflict => ({
  ...question,
  netbox_id: ledger.find(({ key }) => key === question.key)?.netbox_id ?? null
})

/** Stores gaps. A Run of all types closes those that it no longer finds where it has looked. @returns `gapKey` of the acknowledged */
export async function recordGaps(
  gaps: readonly Gap[],
  { facts, proxmox }: Pick<Sides, 'facts' | 'proxmox'>,
  types: readonly SyncType[]
): Promise<ReadonlySet<string>> {
  const isAll = syncTypes.every((type) => types.includes(type))
  if (!isAll && gaps.length === 0) return new Set()
  return new Set(await facts.recordGaps(gaps, isAll ? proxmox.lookedAt : []))
}
