import type { Random } from './world/random.ts'

/** Booleans whose absence means false: Perl code prints them or leaves them out at whim. */
const MAY_BE_ABSENT = new Set([
  'template',
  'shared',
  'protected',
  'active',
  'autostart',
  'exists',
  'disable',
  'bridge_vlan_aware'
])

/** Prints a value as Perl does without chance: booleans as 0 and 1, everything else unchanged. */
export function printed(value: unknown): unknown {
  return mapped(value, {
    number: (n) => n,
    boolean: (b) => (b ? 1 : 0),
    keeps: () => true,
    array: (a) => a
  })
}

/**
 * Prints a value as Perl does when scalars have been used as text before: numbers may come as text, booleans as
 * 0, 1, "0", "1", "" or not at all. Text stays text. Rows of a list come in hash order, that is in any.
 */
export function jittered(value: unknown, random: Random, isSorted = false): unknown {
  const rows =
    !isSorted && Array.isArray(value) && value.every(isRow) ? random.shuffle(value) : value
  return mapped(rows, {
    number: (n) => (random.chance(0.25) ? String(n) : n),
    boolean: (b) => random.pick(b ? [1, 1, '1'] : [0, 0, '0', '']),
    keeps: (key, v) => v !== false || !MAY_BE_ABSENT.has(key) || random.chance(0.5),
    array: (a) => a
  })
}

interface Mapping {
  number(value: number): unknown
  boolean(value: boolean): unknown
  keeps(key: string, value: unknown): boolean
  array(value: unknown[]): unknown[]
}

function mapped(value: unknown, mapping: Mapping): unknown {
  if (typeof value === 'number') return mapping.number(value)
  if (typeof value === 'boolean') return mapping.boolean(value)
  if (Array.isArray(value)) return mapping.array(value).map((item) => mapped(item, mapping))
  if (!isRow(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => mapping.keeps(key, inner))
      .map(([key, inner]) => [key, mapped(inner, mapping)])
  )
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
