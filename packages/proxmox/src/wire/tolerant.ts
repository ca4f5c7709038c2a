import Type from 'typebox'

/**
 * Perl decides JSON types by the last use of a scalar, so each field is converted by its schema, never by its looks.
 * What cannot be converted is undefined: "not known".
 */
export function numberFrom(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(\.\d*)?(e[+-]?\d+)?\s*$/i.test(value)) {
    return undefined
  }
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

export function integerFrom(value: unknown): number | undefined {
  const number = numberFrom(value)
  return number === undefined || !Number.isSafeInteger(Math.trunc(number))
    ? undefined
    : Math.trunc(number)
}

/** Absent, null, "" and 0 are false, in any of Proxmox's spellings. */
export function booleanFrom(value: unknown): boolean {
  if (typeof value === 'string') return /^(1|on|yes|true)$/i.test(value.trim())
  return value === true || value === 1
}

export function textFrom(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A list, or a comma- or space-separated text of one. */
function wordsFrom(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(textFrom).filter((word) => word !== undefined)
  return (textFrom(value) ?? '').split(/[\s,;]+/).filter((word) => word !== '')
}

export const Int = Type.Optional(Type.Decode(Type.Unknown(), integerFrom))
export const Bool = Type.Optional(Type.Decode(Type.Unknown(), booleanFrom))
export const Text = Type.Optional(Type.Decode(Type.Unknown(), textFrom))
export const Words = Type.Optional(Type.Decode(Type.Unknown(), wordsFrom))
