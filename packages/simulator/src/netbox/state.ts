import { canonicalOf, type Dump, dumpOf, loadDump } from './engine/dump.ts'
import { handle } from './engine/handle.ts'
import { Machine } from './engine/machine.ts'
import type { Request, Response, Token } from './engine/message.ts'
import { registry } from './models/registry.ts'

export type NetBoxVersion = '4.5.9' | '4.6.8' | '4.7.3'

export interface NetBoxOptions {
  readonly version?: NetBoxVersion
  readonly seed?: number
  readonly now?: () => Date
  /** MAX_PAGE_SIZE: larger limits are cut to it silently. */
  readonly maxPageSize?: number
}

/** A NetBox without a socket. The same seed, clock and requests give the same answers. */
export interface NetBoxState {
  readonly version: NetBoxVersion
  /** Answers one request; what a client can do wrong never throws. Without a token unless the request says otherwise. */
  handle(request: Request): Response
  /** All objects by model (`app.model`), sorted, with ids and times; the changelog is not part of it. */
  dump(): Dump
  /** The same without ids and times, references by name: equal for equal content. */
  canonical(): Dump
  /** Replaces everything by a dump; ids go on after the highest. */
  load(dump: Dump): void
  /** An independent copy. */
  clone(): NetBoxState
  clear(): void
  addToken(token: Token): void
  /** Letters and digits from the seeded generator. */
  randomText(length: number): string
}

export function createNetBox(options: NetBoxOptions = {}): NetBoxState {
  const version = options.version ?? '4.7.3'
  const machine = new Machine(registry, {
    version,
    seed: options.seed ?? 1,
    now: options.now ?? (() => new Date()),
    maxPageSize: options.maxPageSize ?? 1000
  })
  return {
    version,
    handle: (request) => handle(machine, request),
    dump: () => dumpOf(machine),
    canonical: () => canonicalOf(machine),
    load: (dump) => loadDump(machine, dump),
    clone: () => {
      const copy = createNetBox(options)
      copy.load(dumpOf(machine))
      return copy
    },
    clear: () => machine.context.store.clear(),
    addToken: (token) => machine.tokens.set(token.value, token),
    randomText: (length) => machine.random.text(length)
  }
}
