import Type, { type StaticDecode, type TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { Clone, DecodeUnsafe } from 'typebox/value'

// The unions here are of plain types, whose order says nothing; sorting them anew for every row costs ten times the row.
Settings.Set({ unionPrioritySort: false })

/** An answer that is not what its endpoint promises. */
export class NonsenseError extends Error {
  override readonly name = 'NonsenseError'
}

/** @throws NonsenseError when the value does not have the schema's form */
export function decode<S extends TSchema>(
  schema: S,
  value: unknown,
  what: string
): StaticDecode<S> {
  const decoded = tryDecode(schema, value)
  if (decoded === undefined) throw new NonsenseError(`${what} is not what Proxmox documents`)
  return decoded
}

const validators = new WeakMap<TSchema, Validator>()

function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const made = Compile(schema)
  validators.set(schema, made)
  return made
}

/** Pure: undefined when the value does not have the schema's form. */
export function tryDecode<S extends TSchema>(
  schema: S,
  value: unknown
): StaticDecode<S> | undefined {
  if (!validatorOf(schema).Check(value)) return undefined
  // Decode would convert first, and make the text "null" of null.
  return DecodeUnsafe({}, schema, named(schema, value)) as StaticDecode<S> // checked above
}

/** Pure: a copy to decode in, without the members that the schema does not name. */
function named(schema: TSchema, value: unknown): unknown {
  if (!Type.IsObject(schema)) return Clone(value)
  const members = Object.entries(Object(value)).filter(([name]) => name in schema.properties)
  return Clone(Object.fromEntries(members))
}

export interface DecodedRows<T> {
  readonly rows: T[]
  /** Rows that could not be read. */
  readonly broken: number
}

/** Row by row, so that one broken row does not cost the list. @throws NonsenseError when it is no list */
export function decodeRows<S extends TSchema>(
  schema: S,
  value: unknown,
  what: string
): DecodedRows<StaticDecode<S>> {
  if (!Array.isArray(value)) throw new NonsenseError(`${what} is no list`)
  const rows: StaticDecode<S>[] = []
  for (const row of value) {
    const decoded = tryDecode(schema, row)
    if (decoded !== undefined) rows.push(decoded)
  }
  return { rows, broken: value.length - rows.length }
}
