import { Crash } from './errors.ts'

/** NetBox's lookup suffixes over one stored value; undefined for a suffix that it does not have. */
export function lookupMatch(
  kind: 'integer' | 'string',
  lookup: string,
  values: readonly string[]
): ((value: unknown) => boolean) | undefined {
  const one = kind === 'integer' ? numberLookup(lookup) : textLookup(lookup)
  if (!one) return undefined
  const anyOf = (value: unknown) => values.some((wanted) => one(value, wanted))
  return NEGATIVE.has(lookup) ? (value) => !anyOf(value) : anyOf
}

export function numericProblem(values: readonly string[]): string | undefined {
  const bad = values.some((value) => value !== 'null' && !/^-?\d+(\.\d+)?$/.test(value))
  return bad ? 'Enter a whole number.' : undefined
}

// Each negated lookup is the positive one turned round.
const NEGATIVE = new Set(['n', 'nic', 'nisw', 'niew', 'nie'])

type One = (value: unknown, wanted: string) => boolean

const isEmpty = (value: unknown) => value === null || value === undefined || value === ''
const lower = (value: unknown) => String(value ?? '').toLowerCase()

const compare =
  (test: (a: number, b: number) => boolean): One =>
  (value, wanted) =>
    typeof value === 'number' && test(value, Number(wanted))

const empty: One = (value, wanted) => isEmpty(value) === (wanted.toLowerCase() === 'true')

const NUMBER: Readonly<Record<string, One>> = {
  '': (value, wanted) => (wanted === 'null' ? value === null : value === Number(wanted)),
  n: (value, wanted) => value === Number(wanted),
  gt: compare((a, b) => a > b),
  gte: compare((a, b) => a >= b),
  lt: compare((a, b) => a < b),
  lte: compare((a, b) => a <= b),
  empty
}

const includes: One = (value, wanted) => lower(value).includes(lower(wanted))
const starts: One = (value, wanted) => lower(value).startsWith(lower(wanted))
const ends: One = (value, wanted) => lower(value).endsWith(lower(wanted))
const same: One = (value, wanted) => lower(value) === lower(wanted)

const TEXT: Readonly<Record<string, One>> = {
  '': (value, wanted) => (wanted === 'null' ? isEmpty(value) : textOf(value) === wanted),
  n: (value, wanted) => textOf(value) === wanted,
  ic: includes,
  nic: includes,
  isw: starts,
  nisw: starts,
  iew: ends,
  niew: ends,
  ie: same,
  nie: same,
  empty,
  regex: (value, wanted) => regexFrom(wanted, '').test(String(value ?? '')),
  iregex: (value, wanted) => regexFrom(wanted, 'i').test(String(value ?? ''))
}

/** PostgreSQL reads the expression, so a wrong one is the database's error. */
function regexFrom(text: string, flags: string): RegExp {
  const found = compiled(text, flags)
  if (!found) throw new Crash('DataError', `invalid regular expression: ${text}`)
  return found
}

function compiled(text: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(text, flags)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value ?? '')
}

const numberLookup = (lookup: string) => NUMBER[lookup]
const textLookup = (lookup: string) => TEXT[lookup]
