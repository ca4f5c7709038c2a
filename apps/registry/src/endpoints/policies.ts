import {
  type FieldSpec,
  fieldSpec,
  type KindName,
  kindNames,
  kinds,
  type Policy,
  policyNames
} from '@proxbox/contracts'
import { FieldErrors } from '@proxbox/service-kit'

/** Kinds that Proxbox writes; of the others it only reads. */
const written = kindNames.filter((kind) => kinds[kind].readOnly !== true)

/**
 * Pure: policy overrides by `kind.field`, checked against the table of kinds.
 *
 * @throws FieldErrors for a kind or field that does not exist, and for a policy that its field cannot have
 */
export function policiesFrom(value: unknown): Record<string, Policy> {
  const entries = Object.entries(value ?? {})
  const texts = entries.flatMap(([name, policy]) => problemOf(name, policy) ?? [])
  if (texts.length > 0) throw new FieldErrors({ policies: texts })
  return Object.fromEntries(entries) as Record<string, Policy> // each was just checked
}

function problemOf(name: string, policy: unknown): string | undefined {
  const dot = name.indexOf('.')
  const field = name.slice(dot + 1)
  const kind = kindNames.find((one) => one === name.slice(0, Math.max(dot, 0)))
  if (kind === undefined)
    return `"${name}": "${dot < 0 ? name : name.slice(0, dot)}" is no kind; write kind.field with one of ${written.join(', ')}.`
  if (kinds[kind].readOnly === true)
    return `"${name}": Proxbox never writes a ${kind}; it writes ${written.join(', ')}.`
  const spec = specOf(kind, field)
  if (spec === undefined) return `"${name}": a ${kind} has no "${field}"; ${fieldsOf(kind)}.`
  if (!policyNames.some((one) => one === policy))
    return `"${name}": "${String(policy)}" is no policy; use one of ${policyNames.join(', ')}.`
  const allowed = allowedFor(kind, field, spec)
  if (allowed.some((one) => one === policy)) return undefined
  return `"${name}": ${reasonAgainst(kind, field, spec)}; ${choicesOf(allowed)}.`
}

/** A custom field of any name, on kinds that have such fields. */
function specOf(kind: KindName, field: string): FieldSpec | undefined {
  if (field.startsWith('cf.'))
    return kinds[kind].hasCustomFields && /^cf\.[a-z0-9_]+$/.test(field)
      ? fieldSpec(kind, field)
      : undefined
  return Object.hasOwn(kinds[kind].fields, field) ? fieldSpec(kind, field) : undefined
}

function fieldsOf(kind: KindName): string {
  const { fields, hasCustomFields } = kinds[kind]
  const names = Object.keys(fields).join(', ')
  return `it has ${names}${hasCustomFields ? ', and cf.NAME for a custom field' : ''}`
}

/**
 * Pure: what may be chosen for a field. What says where an object belongs has no choice; of a set only elements of ours
 * are ever taken away, so that Proxmox alone cannot be its source; `own` is for what exists only through us.
 */
function allowedFor(kind: KindName, field: string, spec: FieldSpec): readonly Policy[] {
  if (isPlace(kind, field)) return [spec.policy]
  if (spec.createOnly === true) return ['fill']
  if (isSharedSet(spec)) return ['merge', 'fill']
  return policyNames.filter((one) => one !== 'own' || spec.policy === 'own')
}

/** Its parent, or what tells it from its siblings and has no life without us. */
const isPlace = (kind: KindName, field: string): boolean =>
  kinds[kind].parent === field ||
  (kinds[kind].natural.includes(field) && kinds[kind].fields[field]?.policy === 'own')

const isSharedSet = (spec: FieldSpec): boolean =>
  (spec.type === 'set' || spec.type === 'list') && spec.policy === 'merge'

function reasonAgainst(kind: KindName, field: string, spec: FieldSpec): string {
  if (isPlace(kind, field)) return `it says which ${kind} this is`
  if (spec.createOnly === true) return 'NetBox takes it only when the object is made'
  if (isSharedSet(spec)) return 'people and other tools have elements in it, which stay'
  return 'people can change it, so it is not ours alone'
}

const choicesOf = (allowed: readonly Policy[]): string =>
  allowed.length === 1 ? `it is always ${allowed[0]}` : `it can be ${allowed.join(', ')}`
