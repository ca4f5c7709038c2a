import type { Changelog } from './changelog.ts'
import { Clock } from './clock.ts'
import { Invalid } from './errors.ts'
import type { Token } from './message.ts'
import type { Context, Model } from './model.ts'
import { Random } from './random.ts'
import type { Draft, Minor, Row } from './row.ts'
import { Store } from './store.ts'
import { check, save, type Write } from './write.ts'

/** The parts of one NetBox that requests work on. */
export class Machine {
  readonly version: string
  readonly maxPageSize: number
  readonly context: Context
  readonly routes: ReadonlyMap<string, Model>
  readonly tokens = new Map<string, Token>()
  readonly clock: Clock
  readonly random: Random
  #write: Write | undefined

  constructor(
    models: readonly Model[],
    options: { version: string; seed: number; now: () => Date; maxPageSize: number }
  ) {
    this.version = options.version
    this.maxPageSize = options.maxPageSize
    this.clock = new Clock(options.now)
    this.random = new Random(options.seed)
    const minor = minorOf(options.version)
    const known = models.filter(({ since = 0 }) => since <= minor)
    const store = new Store()
    for (const model of known) store.addTable(model, minor)
    this.routes = new Map(known.map((model) => [model.path, model]))
    this.context = {
      store,
      minor,
      models: new Map(known.map((model) => [model.key, model])),
      save: (key, id, values) => this.#save(key, id, values)
    }
  }

  openWrite(
    changes: Changelog,
    asked: Pick<Write, 'accepts' | 'isFull' | 'holdsTo' | 'isSeen'>
  ): Write {
    this.#write = { ...asked, context: this.context, changes, stamp: () => this.clock.stamp() }
    return this.#write
  }

  #save(key: string, id: number | null, values: Draft): Row {
    const model = this.context.models.get(key)
    if (!model || !this.#write) throw new Error(`nothing to save: ${key}`)
    const write: Write = {
      ...this.#write,
      // NetBox makes it as a model, not by a request: no custom field gets its default before the check.
      accepts: (field) => field !== 'custom_fields',
      isFull: false,
      holdsTo: undefined
    }
    const before = id === null ? undefined : this.context.store.get(key, id)
    if (id !== null && !before) throw new Invalid({ id: [`Object with ID ${id} does not exist`] })
    return save(write, check(write, model, values, before))
  }
}

function minorOf(version: string): Minor {
  const minor = Number(version.split('.')[1])
  if (minor === 5 || minor === 6 || minor === 7) return minor
  throw new Error(`NetBox ${version} cannot be simulated`)
}
