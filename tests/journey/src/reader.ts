/** One event as the reader of the NetBox plugin sees it. */
export interface ReadEvent {
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Where Python's `str.splitlines` ends a line; CR LF is one end, unless a chunk boundary comes between. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters are the boundaries
const lineEnd = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/

/**
 * Reads the backend contract with the habits of its existing readers (their traps included): lines end at every Unicode
 * line boundary, and a CR LF that is cut in two ends two lines; text is Latin-1 unless the type names a charset; any
 * line that is neither `event:` nor `data:` nor a comment becomes part of the data; it reads to the end of the body.
 */
export class PluginReader {
  readonly events: ReadEvent[] = []
  readonly #decoder: InstanceType<typeof TextDecoder>
  #pending = ''
  #name = ''
  #lines: string[] = []

  constructor(contentType: string) {
    const charset = /charset=([\w-]+)/i.exec(contentType)?.[1]
    this.#decoder = new TextDecoder(charset ?? 'latin1')
  }

  chunk(bytes: Uint8Array): void {
    const text = this.#pending + this.#decoder.decode(bytes, { stream: true })
    const lines = text.split(lineEnd)
    // As `iter_lines` does: what follows the last boundary waits for more.
    this.#pending = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  end(): void {
    if (this.#pending !== '') this.#line(this.#pending)
    this.#pending = ''
    this.#flush()
  }

  #line(line: string): void {
    if (line === '') this.#flush()
    else if (line.startsWith(':')) return
    else if (line.startsWith('event:')) {
      if (this.#name !== '' || this.#lines.length > 0) this.#flush()
      this.#name = line.slice('event:'.length).trim()
    } else if (line.startsWith('data:')) this.#lines.push(line.slice('data:'.length).trimStart())
    else this.#lines.push(line)
  }

  #flush(): void {
    if (this.#name === '' && this.#lines.length === 0) return
    const text = this.#lines.join('\n')
    this.events.push({ event: this.#name === '' ? 'message' : this.#name, data: dataFrom(text) })
    this.#name = ''
    this.#lines = []
  }
}

function dataFrom(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : { raw: value } // checked one line above
  } catch {
    return { raw: text }
  }
}
