import type { FieldValue } from '../items.ts'
import type { KindName } from './kind-names.ts'
import type { FieldSpec, Policy } from './kind-spec.ts'

/** Shorthands of the rows: what one field is, and who wins when both sides differ. */
export const text = (policy: Policy, maxLength?: number): FieldSpec => ({
  type: 'text',
  policy,
  blank: '',
  ...(maxLength === undefined ? {} : { maxLength })
})
export const integer = (policy: Policy): FieldSpec => ({ type: 'integer', policy })
export const flag = (policy: Policy): FieldSpec => ({ type: 'boolean', policy })
export const choice = (policy: Policy): FieldSpec => ({ type: 'choice', policy })
export const ref = (policy: Policy, ...refs: KindName[]): FieldSpec => ({
  type: 'ref',
  policy,
  refs
})
/** Sent once the object exists. */
export const late = (spec: FieldSpec): FieldSpec => ({ ...spec, late: true })
export const set = (policy: Policy, ...refs: KindName[]): FieldSpec => ({
  type: 'set',
  policy,
  refs
})
/** Read, never written. */
export const seen = (spec: FieldSpec): FieldSpec => ({ ...spec, readOnly: true })
/** What a new object has there by itself. */
export const initially = (initial: FieldValue, spec: FieldSpec): FieldSpec => ({ ...spec, initial })
/** Fields that many kinds have alike. */
export const tags = set('merge', 'tag')
export const description = text('merge', 200)

export const named = {
  name: text('fill', 100),
  slug: text('fill', 100),
  description: text('fill', 200)
}
