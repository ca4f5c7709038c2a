import { type CurrentItem, type FieldSpec, type FieldValue, isRef, kinds } from '@proxbox/contracts'
import { canonical, isBlank } from '../canonical.ts'
import type { Matched, Matching } from '../identity/matching.ts'
import { interfaceOf } from '../key-of.ts'
import type { LeavingMatch } from './leaving-match.ts'
import { isStaleRef, staleTag } from './stale-tag.ts'

const listOf = (value: FieldValue | undefined): readonly FieldValue[] =>
  Array.isArray(value) ? value : []

/** Only NetBox itself says these; what we sent of them is compared by others. */
const given = new Set(['status', 'type'])

/** Whatever their policy while the object lives: a person who says something here wants it to stay. */
const told = new Set(['status', 'description'])

/** Pure: a field that we never wrote and that a new object does not have by itself. */
function isFilled(field: string, { type, policy, late, readOnly }: FieldSpec): boolean {
  if (late === true || readOnly === true || policy === 'own' || given.has(field)) return false
  if (policy === 'source') return type === 'ref'
  return type === 'text' || type === 'ref' || type === 'generic-ref' || type === 'choice'
}

/** Pure: what links to it that nobody of ours made. */
function carried({ fields }: CurrentItem): string | undefined {
  if (!isBlank(fields.cable)) return 'a cable'
  if (!isBlank(fields.nat_inside) || !isBlank(fields.nat_outside)) return 'a NAT'
  return typeof fields.count_fhrp_groups === 'number' && fields.count_fhrp_groups > 0
    ? 'an FHRP group'
    : undefined
}

function foreignTag({ current, base }: Matched, { resolve }: Matching): boolean {
  const name = (one: FieldValue) => (isRef(one) ? resolve(one.ref) : String(one))
  const ours = new Set(
    listOf(base.tags)
      .filter((one) => isRef(one) && !one.ref.startsWith('netbox:'))
      .map(name)
  )
  return listOf(current.fields.tags).some((one) => !ours.has(name(one)))
}

function lostOurMark({ current, base }: Matched, { resolve }: Matching): boolean {
  const stale = resolve(staleTag)
  const isThere = listOf(current.fields.tags).some(
    (one) => isRef(one) && resolve(one.ref) === stale
  )
  return listOf(base.tags).some(isStaleRef) && !isThere
}

/** Pure: a custom field that somebody filled; what a new object has in it by itself nobody did. */
const foreignCustom = (
  { current, base }: Matched,
  { isDefault }: LeavingMatch
): string | undefined =>
  Object.entries(current.fields).find(([field, value]) => {
    if (!field.startsWith('cf.') || isBlank(value) || base[field] !== undefined) return false
    return value !== false && !isDefault(field, value)
  })?.[0]

/** Pure: a field of its own that a person filled or changed. */
function editedField({ current, base }: Matched, { resolve }: Matching): string | undefined {
  const { kind, fields } = current
  const text = (field: string, value: FieldValue | undefined) =>
    canonical(kind, field, value, resolve)
  return Object.entries(kinds[kind].fields).find(([field, spec]) => {
    const now = text(field, fields[field])
    if (field === 'tags' || now === '') return false
    const written = base[field]
    if (written === undefined) return isFilled(field, spec)
    const isHeld = spec.policy === 'merge' || spec.policy === 'fill' || told.has(field)
    return isHeld && spec.readOnly !== true && spec.late !== true && now !== text(field, written)
  })?.[0]
}

/** Pure: does it hang on another interface than the one in its key, and will it be left there? */
function isMovedAway({ current }: Matched, key: string, matching: Matching): boolean {
  if (matching.moved.some(({ to }) => to === key)) return false
  const at = current.fields.assigned_object
  const own = interfaceOf(key)
  return isRef(at) && own !== undefined && (matching.claimed.get(at.ref) ?? at.ref) !== own
}

/**
 * Pure: what a person has built upon an object that we made, in words; undefined where it is as we left it. An object
 * that the Ledger does not lead to is a person's.
 */
export function builtUpon(key: string, matching: LeavingMatch): string | undefined {
  const known = matching.byKey.get(key)
  if (known === undefined) return 'it is not known as ours'
  if (known.origin !== 'created') return 'it was there before us'
  const link = matching.attached.get(known.current.key) ?? carried(known.current)
  if (link !== undefined) return `it carries ${link}`
  if (lostOurMark(known, matching)) return 'a person took its stale tag away'
  if (foreignTag(known, matching)) return 'it carries a tag that is not ours'
  const custom = foreignCustom(known, matching)
  if (custom !== undefined) return `its custom field ${custom.slice(3)} is filled`
  const field = editedField(known, matching)
  if (field !== undefined) return `a person changed its ${field}`
  return isMovedAway(known, key, matching) ? 'a person assigned it elsewhere' : undefined
}
