export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** One request and what must come back. Written as data, so that every NetBox gets exactly the same. */
export interface Step {
  /** Method and path below /api; `{vm.id}` stands for a field of a body kept by an earlier step. */
  readonly ask: `${Method} /${string}`
  /** JSON; a string `$vm.id` stands for a value of an earlier answer. */
  readonly body?: unknown
  /** Instead of `body`: exactly these bytes. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default: a superuser's. */
  readonly token?: 'none' | 'unknown' | 'read-only' | 'narrow'
  /** Keeps the answer under this name. */
  readonly keep?: string
  readonly gives: number
  /** Of a good answer, the parts that go into the recording (`status.value`, `results.0.name`); of an error all does. */
  readonly see?: readonly string[]
  readonly seeHeaders?: readonly string[]
  /** When servers may differ outside of `see`: plain numbers of other rows, for one. */
  readonly compare?: 'seen'
}

export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

/** Reads `a.0.b` from a JSON value; undefined when a part is missing. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    // Indexing what JSON gave: an object or a list.
    return (inner as Record<string, unknown>)[key]
  }, value)
}
