import type { Draft, Minor, Row } from './row.ts'

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

export interface Unique {
  /** undefined: the constraint does not apply to this row. */
  key(row: Draft, minor: Minor): string | undefined
  readonly message: string
  readonly since?: Minor
  /** Only the database knows of this one: NetBox crashes with what it says. */
  crash?(row: Draft): string
}

/** What of a model its table needs: where its rows are kept, and by which indexes they are found. */
export interface TableShape {
  readonly key: string
  readonly fields: readonly Field[]
  readonly unique?: readonly Unique[]
  readonly indexes?: Readonly<Record<string, (row: Row) => string | undefined>>
}
