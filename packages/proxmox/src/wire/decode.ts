import type { StaticDecode, TSchema } from 'typebox'
import Value from 'typebox/value'

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

/** Pure: undefined when the value does not have the schema's form. */
export function tryDecode<S extends TSchema>(
  schema: S,
  value: unknown
): StaticDecode<S> | undefined {
  // Decode alone would convert first, and make the text "null" of null.
  return Value.Check(schema, value) ? Value.Decode(schema, value) : undefined
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
