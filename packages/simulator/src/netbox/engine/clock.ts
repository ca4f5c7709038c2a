/** NetBox's times: ISO 8601 with microseconds; no two stamps are the same. */
export class Clock {
  readonly #now: () => Date
  #last = 0

  constructor(now: () => Date) {
    this.#now = now
  }

  stamp(): string {
    this.#last = Math.max(this.#last + 1, this.#now().getTime() * 1000)
    const iso = new Date(Math.floor(this.#last / 1000)).toISOString().slice(0, -1)
    return `${iso}${String(this.#last % 1000).padStart(3, '0')}Z`
  }
}
