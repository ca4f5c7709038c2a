import { broken, Invalid } from './errors.ts'
import type { Context } from './model.ts'
import { isRecord } from './python.ts'
import { referenceFrom } from './reference.ts'
import type { Draft, Row } from './row.ts'

/** The definitions that apply to a model, by name. */
export function definitionsOf(context: Context, model: string): Row[] {
  const { store } = context
  const version = store.version('extras.customfield')
  const cached = caches.get(store)
  const cache =
    cached?.version === version ? cached : { version, byModel: new Map<string, Row[]>() }
  caches.set(store, cache)
  const known = cache.byModel.get(model)
  if (known) return known
  const rows = [...store.rows('extras.customfield')]
    .filter(({ object_types: types }) => Array.isArray(types) && types.includes(model))
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  cache.byModel.set(model, rows)
  return rows
}

/** NetBox's own order: group, weight, name. */
const placeOf = ({ group_name: group, weight, name }: Row): string =>
  [group, String(weight).padStart(5, '0'), name].join('\u0000')

const caches = new WeakMap<object, { version: number; byModel: Map<string, Row[]> }>()

/**
 * Merges the request's `custom_fields` over the stored ones. A new object that says nothing of them gets all defaults; one
 * that names any, or none of them, has only those until it is saved.
 *
 * @throws Invalid for what does not fit
 */
export function mergeCustomFields(
  context: Context,
  model: string,
  raw: unknown,
  before: Row | undefined
): Draft {
  const definitions = definitionsOf(context, model)
  const stored = isRecord(before?.custom_fields) ? before.custom_fields : {}
  if (raw === undefined) {
    if (before) return stored
    return Object.fromEntries(definitions.map((one) => [one.name, one.default ?? null]))
  }
  if (!isRecord(raw)) {
    const text =
      'Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values.'
    throw new Invalid({ custom_fields: [text] })
  }
  const errors: Record<string, unknown> = {}
  const values: Draft = {}
  for (const [name, value] of Object.entries(raw)) {
    const definition = definitions.find((one) => one.name === name)
    if (definition) values[name] = decodeValue(context, definition, value, errors)
    else errors[name] = `Custom field '${name}' does not exist for this object type.`
  }
  if (Object.keys(errors).length > 0) throw new Invalid({ custom_fields: errors })
  return { ...stored, ...values }
}

/** What is saved has the default of every custom field of which it says nothing: after it was checked. */
export function withDefaults(context: Context, model: string, stored: unknown): Draft {
  const data = isRecord(stored) ? stored : {}
  const missing = definitionsOf(context, model).filter(
    ({ name, default: value }) => value !== null && value !== undefined && !(String(name) in data)
  )
  if (missing.length === 0) return data
  return { ...data, ...Object.fromEntries(missing.map((one) => [one.name, one.default])) }
}

function decodeValue(context: Context, definition: Row, value: unknown, errors: Draft): unknown {
  if (value === null || value === undefined) return null
  const to = String(definition.related_object_type)
  const related = (item: unknown) => {
    const found = referenceFrom(context, to, item)
    if ('value' in found) return found.value
    errors[String(definition.name)] = found.error
    return null
  }
  if (definition.type === 'url' && context.minor >= 7) return absoluteUrl(value)
  if (definition.type === 'object') return related(value)
  if (definition.type === 'multiobject' && Array.isArray(value)) return value.map(related)
  return value
}

/** What has no scheme becomes https, whatever it is. */
function absoluteUrl(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  return /^([a-z][^/:]*:|$)/i.test(text) ? text : `https://${text.replace(/^\/\//, '')}`
}

/** NetBox's default of ALLOWED_URL_SCHEMES. */
const schemes = new Set(
  'file ftp ftps http https irc mailto sftp ssh tel telnet tftp vnc xmpp'.split(' ')
)

/** What is no scheme by RFC 3986 (`a_b:`) is a relative address. */
const address: Problem = ({ minor }, definition, value) => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(String(value))?.[1]?.toLowerCase()
  if (minor >= 7 && typeof value === 'string' && scheme !== undefined && !schemes.has(scheme))
    return 'URLs must use a scheme permitted by ALLOWED_URL_SCHEMES.'
  return textProblem(definition, value)
}

/** The model's own check of all custom field data; throws the first problem, as NetBox does. */
export function checkCustomFields(
  context: Context,
  model: string,
  draft: Draft,
  own?: number
): void {
  const definitions = definitionsOf(context, model)
  const byName = new Map(definitions.map((one) => [String(one.name), one]))
  const data = isRecord(draft.custom_fields) ? draft.custom_fields : {}
  for (const name of Object.keys(data)) {
    const definition = byName.get(name)
    if (definition === undefined) continue
    const problem = problemOf(context, definition, data[name])
    if (problem) throw broken(`Invalid value for custom field '${name}': ${problem}`)
    const isChecked = definition.unique && !isEmpty(data[name])
    const twins = isChecked ? holdersOf(context, model, name, data[name]) : []
    if (twins.some((id) => id !== own)) {
      throw broken(`Custom field '${name}' must have a unique value.`)
    }
  }
  const missing = definitions.find(({ name, required }) => required && !(String(name) in data))
  if (missing) throw broken(`Missing required custom field '${missing.name}'.`)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}

function holdersOf(context: Context, model: string, name: string, value: unknown): number[] {
  const hasIt = ({ custom_fields: data }: Row) => isRecord(data) && data[name] === value
  return [...context.store.rows(model)].filter(hasIt).map(({ id }) => id)
}

type Problem = (context: Context, definition: Row, value: unknown) => string | undefined

const dated =
  (pattern: RegExp, message: string): Problem =>
  (_context, _definition, value) =>
    typeof value === 'string' && pattern.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : message

const text: Problem = (_context, definition, value) => textProblem(definition, value)

/** By type of the custom field; JSON and objects are not looked into. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  text,
  longtext: text,
  url: address,
  integer: (_context, definition, value) =>
    Number.isInteger(value) ? rangeProblem(definition, Number(value)) : 'Value must be an integer.',
  decimal: (_context, definition, value) =>
    typeof value === 'boolean' || !Number.isFinite(Number(value))
      ? 'Value must be a decimal.'
      : rangeProblem(definition, Number(value)),
  boolean: (_context, _definition, value) =>
    typeof value === 'boolean' ? undefined : 'Value must be true or false.',
  date: dated(/^\d{4}-\d\d-\d\d$/, 'Date values must be in ISO 8601 format (YYYY-MM-DD).'),
  datetime: dated(
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/,
    'Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS).'
  ),
  select: choiceProblem,
  multiselect: choiceProblem
}

/** Why a custom field takes no such value; undefined when it does. */
export function problemOf(context: Context, definition: Row, value: unknown): string | undefined {
  if (isEmpty(value)) return definition.required ? 'Required field cannot be empty.' : undefined
  return PROBLEMS[String(definition.type)]?.(context, definition, value)
}

function textProblem(definition: Row, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Value must be a string.'
  const regex = String(definition.validation_regex ?? '')
  if (regex === '' || new RegExp(regex).test(value)) return undefined
  return `Value must match regex '${regex}'`
}

function rangeProblem(definition: Row, value: number): string | undefined {
  const { validation_minimum: minimum, validation_maximum: maximum } = definition
  if (typeof minimum === 'number' && value < minimum)
    return `Value must be at least ${minimum.toFixed(4)}`
  if (typeof maximum === 'number' && value > maximum)
    return `Value must not exceed ${maximum.toFixed(4)}`
  return undefined
}

/** [value, label] of each choice of a selection field. */
export function choicesOf(context: Context, definition: Row): [string, string][] {
  const extra = context.store.get(
    'extras.customfieldchoiceset',
    definition.choice_set
  )?.extra_choices
  return Array.isArray(extra) ? extra.map(([value, label]) => [String(value), String(label)]) : []
}

function choiceProblem(context: Context, definition: Row, value: unknown): string | undefined {
  const known = new Set(choicesOf(context, definition).map(([choice]) => choice))
  const set = context.store.get('extras.customfieldchoiceset', definition.choice_set)?.name
  if (definition.type === 'select') {
    return known.has(String(value)) && typeof value === 'string'
      ? undefined
      : `Invalid choice (${value}) for choice set ${set}.`
  }
  const list = Array.isArray(value) ? value : [value]
  return list.every((one) => known.has(String(one)))
    ? undefined
    : `Invalid choice(s) (${list.join(', ')}) for choice set ${set}.`
}
