import type { FieldValue } from '@proxbox/contracts'
import { type Names, noNames } from '../client/read-names.ts'

const maxLength = 60

export interface ValueLook {
  readonly longest?: number
  /** What a reference is shown as; without, as its key. */
  readonly names?: Names
}

/** Pure: a field's value on one line: short, without anything that a terminal would obey. */
export function valueText(
  value: FieldValue | undefined,
  { longest = maxLength, names = noNames }: ValueLook = {}
): string {
  const text = wholeText(value, names)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}

function wholeText(value: FieldValue | undefined, names: Names): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  if (typeof value === 'string') return plainText(value)
  if (typeof value !== 'object') return String(value)
  if ('ref' in value)
    return plainText(names.get(value.ref) ?? value.ref.replace(/^netbox:/, 'NetBox '))
  if (value.length === 0) return 'none'
  return value.map((one) => wholeText(one, names)).join(', ')
}

/** Pure: names and notes are typed by people: control characters become visible. */
export const plainText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (one) =>
    one === '\n' ? '⏎' : `\\u${one.codePointAt(0)?.toString(16).padStart(4, '0')}`
  )
