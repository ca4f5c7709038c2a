import type { Errors } from './errors.ts'
import type { Draft, Minor, Row } from './row.ts'
import type { Store } from './store.ts'
import type { Field, TableShape } from './table-shape.ts'

/** What model rules may see: the objects, the version, and a way to save others on the side. */
export interface Context {
  readonly store: Store
  readonly minor: Minor
  readonly models: ReadonlyMap<string, Model>
  /** Saves another object inside the same transaction, with a changelog entry. */
  save(model: string, id: number | null, values: Draft): Row
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

export type Match = (row: Row, value: string, context: Context) => boolean

export interface Filter {
  /** References are checked to exist; `ids` gives candidates through an index. */
  readonly to?: string
  readonly match?: Match
  ids?(values: readonly number[], context: Context): Iterable<number>
  check?(value: string): string | undefined
}

export interface Model extends TableShape {
  readonly path: string
  readonly ui?: string
  readonly className: string
  readonly verbose: string
  readonly since?: Minor
  readonly readOnly?: boolean
  readonly tags?: boolean
  readonly customFields?: boolean
  readonly computed?: readonly Computed[]
  readonly nested: readonly string[]
  readonly brief?: readonly string[]
  readonly zeros?: readonly string[]
  readonly ordering: readonly string[]
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
