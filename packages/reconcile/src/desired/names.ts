import type { Notice } from '@proxbox/contracts'

/** Pure: a slug as NetBox takes it. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
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

/** Names as NetBox and the Ledger hold them now, by key. */
export interface KnownNames {
  readonly last: ReadonlyMap<string, string>
  readonly current: ReadonlyMap<string, string>
  /** Keys whose name in NetBox a person chose: it stays. */
  readonly edited: ReadonlySet<string>
  /** Keys of guests that are gone: they give their names to living ones. */
  readonly yielding?: ReadonlySet<string>
}

/** Pure: names of NetBox that none of `all` gives up: those of objects that are not planned now, and a person's. */
function reservedNames(all: readonly Named[], scope: string, known: KnownNames) {
  const planned = new Set(all.map(({ key }) => key))
  const reserved = new Map<string, string>()
  for (const [key, name] of known.current) {
    const isGiven = planned.has(key) || known.yielding?.has(key) === true
    if (!key.startsWith(scope) || (isGiven && !known.edited.has(key))) continue
    reserved.set(name.trim().toLowerCase(), key)
  }
  return reserved
}

/** Pure: the name with its suffix, numbered where that is taken too. */
export function uniqueBeside(
  { name, suffix, limit }: { name: string; suffix: string; limit: number },
  isTaken: (name: string) => boolean,
  rounds = 1000
): string {
  for (let round = 1; round < rounds; round += 1) {
    const other = withSuffix(name, round === 1 ? suffix : `${suffix} ${round}`, limit)
    if (!isTaken(other)) return other
  }
  return withSuffix(name, suffix, limit)
}

/**
 * Pure: one name for each, unique without regard to case: who had the plain name keeps it, among new ones the lowest
 * rank has it, the others get their suffix. Keys of one scope begin alike.
 */
export function uniqueNames(
  all: readonly Named[],
  limit: number,
  scope: string,
  known: KnownNames
): ReadonlyMap<string, string> {
  const plain = (one: Named) => one.name.trim().slice(0, limit).trim()
  const isOwn = (one: Named, names: ReadonlyMap<string, string>) =>
    names.get(one.key)?.trim().toLowerCase() === plain(one).toLowerCase()
  // Of two that had it, one of them from a person's hand, it is of the one that has it still.
  const had = (one: Named) => (isOwn(one, known.last) ? (isOwn(one, known.current) ? 0 : 1) : 2)
  const sorted = [...all].sort(
    (a, b) => had(a) - had(b) || a.rank - b.rank || (a.key < b.key ? -1 : 1)
  )
  const reserved = reservedNames(all, scope, known)
  const taken = new Set<string>()
  const names = new Map<string, string>()
  for (const one of sorted) {
    const isTaken = (name: string) => {
      const low = name.toLowerCase()
      return taken.has(low) || (reserved.get(low) ?? one.key) !== one.key
    }
    // A person gave it another name, which stays: Proxmox has changed nothing, whoever has the plain one by now.
    const isKept = known.edited.has(one.key) && isOwn(one, known.last)
    const name =
      isTaken(plain(one)) && !isKept
        ? uniqueBeside(
            { name: plain(one), suffix: one.suffix, limit },
            isTaken,
            all.length + reserved.size + 2
          )
        : plain(one)
    taken.add(name.toLowerCase())
    names.set(one.key, name)
  }
  return names
}

/** Pure: what a person should know of names that are not written as they are. */
export function nameNotices(
  all: readonly Named[],
  names: ReadonlyMap<string, string>,
  limit: number
): Notice[] {
  return all.flatMap(({ key, name }) => {
    const written = names.get(key) ?? ''
    const whole = name.trim()
    const cut = whole.slice(0, limit).trim()
    const notice = (code: string, detail: string) => ({ key, label: whole, code, detail })
    return [
      ...(whole.length <= limit
        ? []
        : [
            notice(
              'NAME_SHORTENED',
              `The name has ${whole.length} characters, NetBox takes ${limit}: it is written as "${written}".`
            )
          ]),
      ...(written === cut
        ? []
        : [
            notice('NAME_TAKEN', `The name "${cut}" is taken there: it is written as "${written}".`)
          ])
    ]
  })
}
