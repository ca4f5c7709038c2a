/** A seeded source of chance: equal seeds give equal sequences. */
export interface Random {
  /** A float in [0, 1). */
  next(): number
  /** An integer in [min, max], both included. */
  int(min: number, max: number): number
  pick<T>(choices: readonly [T, ...T[]]): T
  chance(probability: number): boolean
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[]
  hex(digits: number): string
  uuid(): string
}

/** Makes a {@link Random} from a 32-bit seed (mulberry32: small, fast, good enough for test worlds). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => int(0, 15).toString(16)).join('')
  return {
    next,
    int,
    hex,
    pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0],
    chance: (probability) => next() < probability,
    shuffle: (items) => shuffled(items, int),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
  }
}

function shuffled<T>(items: readonly T[], int: (min: number, max: number) => number): T[] {
  const keyed = items.map((item) => ({ item, at: int(0, 0x3fffffff) }))
  return keyed.sort((a, b) => a.at - b.at).map(({ item }) => item)
}
