import type { FieldValue } from '../items.ts'
import type { KindName } from './kind-names.ts'

export const policyNames = ['source', 'merge', 'fill', 'own'] as const
export type Policy = (typeof policyNames)[number]

export interface FieldSpec {
  readonly type:
    | 'text'
    | 'integer'
    | 'decimal'
    | 'boolean'
    | 'choice'
    | 'list'
    | 'ref'
    | 'generic-ref'
    | 'set'
  readonly policy: Policy
  /** Longest text NetBox takes. */
  readonly maxLength?: number
  /** Kinds that a reference may point to. */
  readonly refs?: readonly KindName[]
  /** Sent after the object exists, because it refers to something made later. */
  readonly late?: boolean
  /** NetBox nulls it or refuses it after creation; sent on create only. */
  readonly createOnly?: boolean
  /** An empty text is `''` in NetBox, never null. */
  readonly blank?: '' | null
  /** What NetBox itself puts there in a new object of which nobody says it (its models and serializers). */
  readonly initial?: FieldValue
  /** NetBox works it out itself; never sent. */
  readonly computed?: boolean
  /** Only read: it tells what others have built upon the object, and is never written. */
  readonly readOnly?: boolean
}

export interface KindSpec {
  /** Path under `/api/`, with trailing slash. */
  readonly path: string
  /** `app.model`, as generic references and permissions spell it. */
  readonly model: string
  /** First NetBox minor version that has it. */
  readonly since?: string
  readonly fields: Readonly<Record<string, FieldSpec>>
  /** The field that holds the parent: deleting that deletes this (NetBox cascades). */
  readonly parent?: string
  readonly hasTags: boolean
  readonly hasCustomFields: boolean
  /** Fields by which a person would find it: the natural name. */
  readonly natural: readonly string[]
  /** Kinds whose creation NetBox serialises behind one global lock (`available-ips`): one lane only. */
  readonly lane?: 'single'
  /** Only read and referred to, never written. */
  readonly readOnly?: boolean
}

/** Rows of the table of kinds. */
export type KindRows = Readonly<Partial<Record<KindName, KindSpec>>>
