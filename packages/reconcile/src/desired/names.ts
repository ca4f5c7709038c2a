/** Pure: a slug as NetBox takes it. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100)

/** Pure: text of notes without HTML. */
export const plainText = (text: string): string =>
  text
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/\r\n?/g, '\n')
    .trim()

export interface Named {
  readonly key: string
  readonly name: string
  /** Put behind the name where it is not alone. */
  readonly suffix: string
  readonly rank: number
}

/** Pure: name with suffix, cut so that both fit. */
export const withSuffix = (name: string, suffix: string, limit: number): string =>
  `${name.slice(0, Math.max(0, limit - suffix.length)).trimEnd()}${suffix}`

/**
 * Pure: one name for each, unique without regard to case: who had the plain name keeps it, among new ones the lowest
 * rank has it, the others get their suffix.
 */
export function uniqueNames(
  all: readonly Named[],
  limit: number,
  last: ReadonlyMap<string, string> = new Map()
): ReadonlyMap<string, string> {
  const plain = (one: Named) => one.name.trim().slice(0, limit).trim()
  const had = (one: Named) =>
    last.get(one.key)?.toLowerCase() === plain(one).toLowerCase() ? 0 : 1
  const sorted = [...all].sort(
    (a, b) => had(a) - had(b) || a.rank - b.rank || (a.key < b.key ? -1 : 1)
  )
  const taken = new Set<string>()
  const names = new Map<string, string>()
  for (const one of sorted) {
    const name = taken.has(plain(one).toLowerCase())
      ? withSuffix(plain(one), one.suffix, limit)
      : plain(one)
    taken.add(name.toLowerCase())
    names.set(one.key, name)
  }
  return names
}
