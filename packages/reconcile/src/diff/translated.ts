import { type FieldValue, isRef } from '@proxbox/contracts'

/** Pure: a value of NetBox with our keys where we have them. */
export function translated(value: FieldValue, ours: (ref: string) => string): FieldValue {
  if (isRef(value)) return { ref: ours(value.ref) }
  return Array.isArray(value) ? value.map((one) => translated(one, ours)) : value
}
