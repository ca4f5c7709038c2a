import type {
  Adoption,
  Change,
  Fields,
  FieldValue,
  LedgerRow,
  Policy,
  Why
} from '@proxbox/contracts'
import { fieldSpec } from '@proxbox/contracts'
import { canonical } from '../canonical.ts'
import { translated } from '../diff/translated.ts'
import { knownAs } from '../full-label.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import type { DesiredOptions } from '../options.ts'
import { staleTag } from './stale-tag.ts'
import { oursIn } from './translated-fields.ts'

/** A person set these, or we did: they say more than that something runs. */
const free = new Set(['active', 'offline', 'paused'])
export const goneStatus = 'decommissioning'

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

const policyIn = (
  { kind }: Pick<LedgerRow, 'kind'>,
  field: string,
  { endpoint }: DesiredOptions
): Policy => endpoint.policies[`${kind}.${field}`] ?? fieldSpec(kind, field)?.policy ?? 'fill'

const textIn = (row: LedgerRow, field: string, matching: Matching) => (value?: FieldValue) =>
  canonical(row.kind, field, value, matching.resolve)

/** Pure: may we say that it goes? Not where a person chose the status, nor where it is not ours to change. */
function takesStatus(row: LedgerRow, { current, base }: Matched, parts: Parts): boolean {
  const text = textIn(row, 'status', parts.matching)
  const now = text(current.fields.status)
  const { policies } = parts.options.endpoint
  if (!free.has(now) || policies[`${row.kind}.status`] === 'fill') return false
  const policy = policyIn(row, 'status', parts.options)
  return policy === 'source' || (base.status !== undefined && now === text(base.status))
}

/** Pure: the tags with ours added; undefined where they hold it already or are not ours to change. */
function taggedStale(row: LedgerRow, matched: Matched, parts: Parts): FieldValue | undefined {
  const { matching, options } = parts
  const tags = listOf(matched.current.fields.tags)
  const tag = matching.resolve(staleTag)
  const has = tags.some((one) => matching.resolve(refText(one)) === tag)
  return has || policyIn(row, 'tags', options) === 'fill'
    ? undefined
    : sortedRefs([...ownElements(matched, tags, matching), { ref: staleTag }])
}

const refText = (one: FieldValue): string =>
  typeof one === 'object' && one !== null && 'ref' in one ? one.ref : String(one)

const sortedRefs = (all: readonly FieldValue[]): FieldValue =>
  [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** Pure: elements as the Ledger knows them: under our key what we put there, under NetBox's what others did. */
export function ownElements(
  { base }: Matched,
  now: readonly FieldValue[],
  { resolve }: Matching
): readonly FieldValue[] {
  const ours = new Map(
    listOf(base.tags)
      .filter((one) => !refText(one).startsWith('netbox:'))
      .map((one) => [resolve(refText(one)), one])
  )
  return now.map((one) => ours.get(resolve(refText(one))) ?? one)
}

interface Parts {
  readonly matching: Matching
  readonly options: DesiredOptions
}

/** Pure: what the Ledger learns of a row that nothing desires. */
export const learnedOf = (
  row: LedgerRow,
  { current, announced }: Matched,
  since?: string | null
): Adoption => ({
  key: row.key,
  kind: row.kind,
  netbox_id: current.netbox_id,
  origin: row.origin,
  evidence_of_match: 'ledger',
  values: announced ?? {},
  evidence: row.evidence,
  label: knownAs(row, current),
  ...(since === undefined ? {} : { missing_since: since })
})

/** Pure: the Change that says in NetBox that it is missing; only the Ledger learns it where NetBox says so already. */
export function markStale(
  row: LedgerRow,
  matched: Matched,
  parts: Parts
): { change: Change } | { adoption: Adoption } {
  const { current } = matched
  const { now } = parts.options
  const tags = taggedStale(row, matched, parts)
  const after: Fields = {
    ...(takesStatus(row, matched, parts) ? { status: goneStatus } : {}),
    ...(tags === undefined ? {} : { tags })
  }
  const fields = Object.keys(after)
  if (fields.length === 0) return { adoption: learnedOf(row, matched, now) }
  const ours = oursIn(parts.matching)
  const reason = 'missing from a whole list of Proxmox'
  const why = (field: string): Why => ({ policy: policyIn(row, field, parts.options), reason })
  return {
    change: {
      key: row.key,
      kind: row.kind,
      action: 'update',
      netbox_id: current.netbox_id,
      before: Object.fromEntries(
        fields.map((field) => [
          field,
          field === 'tags'
            ? sortedRefs(ownElements(matched, listOf(current.fields.tags), parts.matching))
            : translated(current.fields[field] ?? null, ours)
        ])
      ),
      after,
      why: Object.fromEntries(fields.map((field) => [field, why(field)])),
      label: current.label,
      origin: row.origin,
      missing_since: now
    }
  }
}
