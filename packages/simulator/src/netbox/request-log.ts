export interface RequestEntry {
  readonly method: string
  readonly path: string
  readonly query: string
  /** 0: the client got no answer. */
  readonly status: number
  readonly ms: number
  /** Objects in a list body; 1 for a single one, 0 without a body. */
  readonly items: number
}

export interface RequestCounts {
  readonly get: number
  readonly post: number
  readonly patch: number
  readonly put: number
  readonly delete: number
  readonly reads: number
  readonly writes: number
  /** `METHOD /path/` with ids replaced by `{id}`. */
  readonly byPath: Readonly<Record<string, number>>
}

const MAX_ENTRIES = 100_000

/** What the server was asked: counts of everything, and the last 100 000 requests. */
export class RequestLog {
  #entries: RequestEntry[] = []
  #byMethod = new Map<string, number>()
  #byPath = new Map<string, number>()

  add(entry: RequestEntry): void {
    const key = `${entry.method} ${entry.path.replaceAll(/\/\d+\//g, '/{id}/')}`
    this.#byMethod.set(entry.method, (this.#byMethod.get(entry.method) ?? 0) + 1)
    this.#byPath.set(key, (this.#byPath.get(key) ?? 0) + 1)
    this.#entries.push(entry)
    if (this.#entries.length > MAX_ENTRIES) this.#entries = this.#entries.slice(MAX_ENTRIES / 2)
  }

  get entries(): readonly RequestEntry[] {
    return this.#entries
  }

  counts(): RequestCounts {
    const of = (method: string) => this.#byMethod.get(method) ?? 0
    const [post, patch, put, gone] = [of('POST'), of('PATCH'), of('PUT'), of('DELETE')]
    return {
      get: of('GET'),
      post,
      patch,
      put,
      delete: gone,
      reads: of('GET') + of('HEAD') + of('OPTIONS'),
      writes: post + patch + put + gone,
      byPath: Object.fromEntries(this.#byPath)
    }
  }

  clear(): void {
    this.#entries = []
    this.#byMethod.clear()
    this.#byPath.clear()
  }
}
