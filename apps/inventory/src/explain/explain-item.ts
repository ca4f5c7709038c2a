import { type KindName, kinds, waitsUntil } from '@proxbox/contracts'
import type { Database } from '@proxbox/database'
import { FieldErrors } from '@proxbox/service-kit'
import { findItem } from '../items/list-items.ts'
import { quarantinedFrom } from '../quarantine/quarantine.ts'
import { explanationText } from './explanation-text.ts'
import { type ItemFacts, type Planned, readItemFacts } from './read-facts.ts'

interface Question {
  readonly id: number
  readonly field?: string | undefined
}

/**
 * Why an Item, or one field of it, is as it is: from stored facts alone.
 *
 * @throws ProxboxError NOT_FOUND; FieldErrors for a field that the Item does not have, naming those it has
 */
export async function explainItem(database: Database, { id, field }: Question) {
  const facts = await readItemFacts(database, await findItem(database, id))
  const { item, quarantine, seen } = facts
  const told = fieldsTold(facts)
  if (field !== undefined) checkKnown(field, told, item.kind)
  return {
    key: item.key,
    kind: item.kind,
    label: item.label,
    netbox: item.netbox,
    run_id: item.runId,
    netbox_id: item.netboxId,
    origin: item.origin,
    evidence: { ...(item.matchedBy === null ? {} : { match: item.matchedBy }), ...item.evidence },
    missing_since: item.firstMissingAt?.toISOString() ?? null,
    quarantine: quarantine === null ? null : quarantinedFrom(quarantine),
    waits: seen === null ? null : { since: seen.since, until: waitsUntil(seen.since) },
    conflicts: facts.conflicts.map((one) => one.id),
    fields: (field === undefined ? told : [field]).map((name) => explanationOf(name, facts))
  }
}

/** Pure: the fields of which anything is stored, in order. */
function fieldsTold(facts: ItemFacts): string[] {
  const { item, kept, sources, conflicts, quarantine, seen } = facts
  const named = [item.lastWritten, kept, sources, quarantine?.values ?? {}].flatMap(Object.keys)
  const disputed = conflicts.map((one) => one.field).filter((name) => name !== '')
  const inRuns = [facts.written, facts.held, facts.planned].flatMap((of) => [...of.keys()])
  const waiting = seen === null ? [] : ['address']
  return [...new Set([...named, ...inRuns, ...disputed, ...waiting])].sort()
}

function checkKnown(field: string, told: readonly string[], kind: string): void {
  const ofKind = Object.hasOwn(kinds, kind) ? Object.keys(kinds[kind as KindName].fields) : [] // guarded by `hasOwn`
  const known = [...new Set([...told, ...ofKind])].sort()
  if (!known.includes(field))
    throw new FieldErrors({
      field: [`A ${kind} has no field "${field}"; known are ${known.join(', ')}.`]
    })
}

/** Pure: why one field is as it is. */
function explanationOf(field: string, facts: ItemFacts) {
  const { item, written, held, planned, kept, sources } = facts
  const write = written.get(field)
  const hold = held.get(field)
  const plan = hold === undefined ? planned.get(field) : undefined
  const why = write?.why ?? { policy: 'source', reason: 'not recorded' }
  return {
    field,
    ...(Object.hasOwn(item.lastWritten, field) ? { value: item.lastWritten[field] } : {}),
    written: write === undefined ? null : { ...why, run_id: write.run_id, at: write.at },
    kept: kept[field] ?? null,
    held:
      hold === undefined ? null : { guard: hold.guard, reason: hold.reason, run_id: hold.run_id },
    planned: plan === undefined ? null : plannedFrom(plan),
    source: sources[field] ?? write?.why?.source ?? kept[field]?.source ?? null,
    text: explanationText(field, facts)
  }
}

/** Pure: what a Plan would write; nothing where it would delete the object. */
const plannedFrom = ({ action, wanted, run_id }: Planned) => ({
  ...(action === 'delete' ? {} : { wanted }),
  run_id
})
