import type { Errors } from './errors.ts'
import type { Store } from './store.ts'

/** A stored object: raw values (ids for references, choice values, ISO times). Never mutated. */
export type Row = { readonly id: number } & Readonly<Record<string, unknown>>

/** A row under construction. */
export type Draft = Record<string, unknown>

/** NetBox minor versions, 4.x. */
export type Minor = 5 | 6 | 7

/** What model rules may see: the objects, the version, and a way to save others on the side. */
export interface Context {
  readonly store: Store
  readonly minor: Minor
  readonly models: ReadonlyMap<string, Model>
  /** Saves another object inside the same transaction, with a changelog entry. */
  save(model: string, id: number | null, values: Draft): Row
}

type FieldKind =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'boolean'
  | 'choice'
  | 'fk'
  | 'many'
  | 'json'
  | 'address'
  | 'prefix'
  | 'mac'
  | 'type'
  | 'types'
  | 'ranges'

export interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly required?: boolean
  readonly nullable?: boolean
  /** The empty string is allowed. */
  readonly blank?: boolean
  readonly maxLength?: number
  readonly min?: number
  readonly max?: number
  /** All the texts are told when the value does not fit. */
  readonly pattern?: readonly [RegExp, ...string[]]
  readonly choices?: readonly (readonly [string | number, string])[]
  readonly to?: string
  /** `silent` empties the reference without a changelog entry (one-to-one relations). */
  readonly onDelete?: 'protect' | 'cascade' | 'null' | 'silent'
  readonly unique?: boolean
  readonly default?: unknown
  readonly since?: Minor
  /** Not accepted in requests, but stored and answered. */
  readonly readOnly?: boolean
  /** Accepted in requests, but neither stored nor answered by this field. */
  readonly writeOnly?: boolean
  /** Answered as the plain value, not {value, label}. */
  readonly plain?: boolean
  /** A PUT without this field empties it: the serializer has a default. */
  readonly isResetByPut?: boolean
  /** The related object's fields when it is answered here, instead of its usual nested form. */
  readonly nestedAs?: readonly string[]
  readonly types?: readonly string[]
}

export interface View {
  readonly context: Context
  readonly user: unknown
  nested(model: string, id: unknown, fields?: readonly string[]): unknown
  choice(field: Field, value: unknown): unknown
}

export interface Computed {
  readonly name: string
  readonly since?: Minor
  value(row: Row, view: View): unknown
}

export interface Unique {
  /** undefined: the constraint does not apply to this row. */
  key(row: Draft, minor: Minor): string | undefined
  readonly message: string
  readonly since?: Minor
  /** Only the database knows of this one: NetBox crashes with what it says. */
  crash?(row: Draft): string
}

export type Match = (row: Row, value: string, context: Context) => boolean

export interface Filter {
  /** References are checked to exist; `ids` gives candidates through an index. */
  readonly to?: string
  readonly match?: Match
  ids?(values: readonly number[], context: Context): Iterable<number>
  check?(value: string): string | undefined
}

export interface Model {
  readonly key: string
  readonly path: string
  readonly ui?: string
  readonly className: string
  readonly verbose: string
  readonly since?: Minor
  readonly readOnly?: boolean
  readonly tags?: boolean
  readonly customFields?: boolean
  readonly fields: readonly Field[]
  readonly computed?: readonly Computed[]
  readonly nested: readonly string[]
  readonly brief?: readonly string[]
  readonly zeros?: readonly string[]
  readonly ordering: readonly string[]
  readonly unique?: readonly Unique[]
  readonly indexes?: Readonly<Record<string, (row: Row) => string | undefined>>
  readonly filters?: Readonly<Record<string, Filter>>
  readonly search?: readonly string[]
  /** One by one even in a bulk create of old versions (devices). */
  readonly sequential?: boolean
  /** Models whose `assigned_object` may be one of ours and goes with it. */
  readonly owns?: readonly string[]
  display(row: Row, context: Context): string
  /** Serializer-level rules of fields; may change `draft`. */
  prepare?(draft: Draft, before: Row | undefined, rules: Rules): void
  /** Model rules; the first that fails speaks. May change `draft`. */
  clean?(draft: Draft, before: Row | undefined, rules: Rules): void
  /** What the model itself changes on save. */
  fill?(draft: Draft, before: Row | undefined, context: Context): void
  saved?(row: Row, before: Row | undefined, context: Context): void
  deleted?(row: Row, context: Context): void
}

export interface Rules extends Context {
  readonly errors: Errors
}

export function keyed(...parts: unknown[]): string {
  return parts
    .map((part) => (part === null || part === undefined ? '~' : String(part)))
    .join('\u0000')
}
