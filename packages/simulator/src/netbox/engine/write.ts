import type { Changelog } from './changelog.ts'
import { checkCustomFields, mergeCustomFields, withDefaults } from './custom-fields.ts'
import { decodeField } from './decode.ts'
import { addError, Crash, type Errors, Invalid } from './errors.ts'
import type { Context, Model } from './model.ts'
import { isRecord, pythonTypeOf } from './python.ts'
import type { Draft, Row } from './row.ts'
import type { Field } from './table-shape.ts'
import { checkTagTypes, tagsAfter } from './tags.ts'

/** One write request: what its objects share. */
export interface Write {
  readonly context: Context
  readonly changes: Changelog
  /** ISO time of this moment; every call gives a later one. */
  stamp(): string
  /** `?fields=` and `?omit=` cut the input as well. */
  accepts(field: string): boolean
  /** PUT: what is required must be there again. */
  readonly isFull: boolean
  /** Throws when the request insists on another state of the object (If-Match). */
  readonly holdsTo?: ((row: Row) => void) | undefined
  /** Does the token's user see the object? What it does not see is not found. */
  readonly isSeen?: ((row: Row) => boolean) | undefined
}

export interface Checked {
  readonly model: Model
  readonly draft: Draft
  readonly before: Row | undefined
  readonly message: string
}

/** Reads and validates one object; nothing is stored. Throws Invalid. */
export function check(write: Write, model: Model, input: unknown, before?: Row): Checked {
  const { context } = write
  if (!isRecord(input)) {
    const key = context.minor >= 7 ? '__all__' : 'non_field_errors'
    const text = `Invalid data. Expected a dictionary, but got ${pythonTypeOf(input)}.`
    throw new Invalid({ [key]: [text] })
  }
  const errors: Errors = {}
  const draft: Draft = before ? { ...before } : defaultsOf(model, context)
  const dropped = readFields(write, model, { input, draft, before, errors })
  readExtras(write, model, { input, draft, before, errors })
  model.prepare?.(draft, before, { ...context, errors })
  if (Object.keys(errors).length > 0) throw new Invalid(errors)
  for (const field of dropped) {
    const isText = field.kind === 'string'
    addError(errors, field.name, `This field cannot be ${isText ? 'blank' : 'null'}.`)
  }
  validate(context, model, { draft, before, errors })
  const message = input.changelog_message
  return { model, draft, before, message: typeof message === 'string' ? message : '' }
}

interface Reading {
  readonly input: Draft
  readonly draft: Draft
  readonly before: Row | undefined
  readonly errors: Errors
}

function defaultsOf(model: Model, context: Context): Draft {
  const draft: Draft = {}
  for (const field of model.fields) {
    if (field.writeOnly || (field.since ?? 0) > context.minor) continue
    draft[field.name] = field.default ?? emptyOf(field)
  }
  return draft
}

function emptyOf(field: Field): unknown {
  if (field.kind === 'many' || field.kind === 'types') return []
  return field.kind === 'string' && !field.nullable ? '' : null
}

/** Returns the required fields that `?fields=` has cut out of a create. */
function readFields(write: Write, model: Model, reading: Reading): Field[] {
  const { input, draft, before, errors } = reading
  const dropped: Field[] = []
  const isWritable = (field: Field) => !field.readOnly && (field.since ?? 0) <= write.context.minor
  for (const field of model.fields.filter(isWritable)) {
    const raw = input[field.name]
    const isNeeded = field.required && (!before || write.isFull)
    if (!write.accepts(field.name)) {
      if (isNeeded) dropped.push(field)
    } else if (raw !== undefined) {
      readField(write.context, model, field, { raw, draft, before, errors })
    } else if (isNeeded) addError(errors, field.name, 'This field is required.')
    else if (before && write.isFull && field.isResetByPut) draft[field.name] = null
  }
  return dropped
}

function readField(
  context: Context,
  model: Model,
  field: Field,
  { raw, draft, before, errors }: Omit<Reading, 'input'> & { raw: unknown }
): void {
  const decoded = decodeField(field, raw, context)
  if ('error' in decoded) {
    errors[field.name] = decoded.error
    return
  }
  draft[field.name] = decoded.value
  // References are one-to-one by the model, which is asked after its own rules.
  if (!field.unique || field.kind === 'fk' || !decoded.value) return
  const holders = context.store.ids(model.key, field.name, decoded.value)
  if ([...holders].some((id) => id !== before?.id)) {
    const label = field.name.replaceAll('_', ' ')
    addError(errors, field.name, `${model.verbose} with this ${label} already exists.`)
  }
}

function readExtras(write: Write, model: Model, reading: Reading): void {
  const { input, draft, before, errors } = reading
  if (model.tags) {
    draft.tags ??= []
    const tags = write.accepts('tags') ? tagsAfter(write.context, input, before, errors) : undefined
    if (tags) draft.tags = tags
  }
  if (!model.customFields) return
  try {
    // Of what `?omit=` has cut out nothing is said, not even that nothing is said.
    const raw = write.accepts('custom_fields') ? input.custom_fields : {}
    draft.custom_fields = mergeCustomFields(write.context, model.key, raw, before)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    Object.assign(errors, error.errors)
  }
}

/** Django's full_clean: the model's rules, then uniqueness; both speak. */
function validate(context: Context, model: Model, reading: Omit<Reading, 'input'>): void {
  const { draft, before, errors } = reading
  try {
    if (model.customFields) checkCustomFields(context, model.key, draft, before?.id)
    model.clean?.(draft, before, { ...context, errors })
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    Object.assign(errors, error.errors)
  }
  for (const [n, unique] of (model.unique ?? []).entries()) {
    if (unique.crash || (unique.since ?? 0) > context.minor) continue
    const key = unique.key(draft, context.minor)
    if (key === undefined) continue
    const holders = context.store.ids(model.key, `unique:${n}`, key)
    if ([...holders].some((id) => id !== before?.id)) addError(errors, '__all__', unique.message)
  }
  if (Object.keys(errors).length > 0) throw new Invalid(errors)
}

/** Stores what `check` accepted, with its changelog entry. Throws Crash where the database would. */
export function save(write: Write, checked: Checked): Row {
  const { model, draft, before } = checked
  const { context, changes } = write
  if (Array.isArray(draft.tags)) checkTagTypes(context, model.key, draft.tags)
  model.fill?.(draft, before, context)
  if (model.customFields)
    draft.custom_fields = withDefaults(context, model.key, draft.custom_fields)
  const stamp = write.stamp()
  const id = before?.id ?? context.store.nextId(model.key)
  const row: Row = { ...draft, id, created: before?.created ?? stamp, last_updated: stamp }
  assertUnique(context, model, row)
  context.store.put(model.key, row)
  changes.record(model, before, row, checked.message)
  model.saved?.(row, before, context)
  return context.store.get(model.key, id) ?? row
}

function assertUnique(context: Context, model: Model, row: Row): void {
  const { store } = context
  const indexes = (model.unique ?? [])
    .map((unique, n) => ({
      index: `unique:${n}`,
      key: unique.key(row, context.minor),
      text: unique.crash?.(row)
    }))
    .concat(
      model.fields
        .filter((one) => one.unique)
        .map(({ name }) => ({ index: name, key: textOf(row[name]), text: undefined }))
    )
  for (const { index, key, text } of indexes) {
    if (key === undefined) continue
    if ([...store.ids(model.key, index, key)].every((id) => id === row.id)) continue
    const constraint = `${model.key.replace('.', '_')}_${index.replace(':', '_')}`
    throw new Crash(
      'IntegrityError',
      text ?? `duplicate key value violates unique constraint "${constraint}"`
    )
  }
}

function textOf(value: unknown): string | undefined {
  return value === null || value === undefined || value === '' ? undefined : String(value)
}
