import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The chunks of the body as the server sent them. */
  readonly chunks: readonly Buffer[]
  readonly body: Buffer
  /** The body had its last chunk before the connection ended. */
  readonly isWhole: boolean
}

export interface RawGetOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Called with what has come so far, head included; true hangs up. */
  readonly until?: (bytes: Buffer) => boolean
}

/** GET over a bare socket, so that nothing between hides a byte. Ends when the server closes the connection. */
export async function rawGet(
  url: string,
  path: string,
  options: RawGetOptions = {}
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const lines = Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  socket.write([`GET ${path} HTTP/1.1`, `Host: ${hostname}`, ...lines, '', ''].join('\r\n'))
  const parts: Buffer[] = []
  const late = setTimeout(
    () => socket.destroy(new Error(`${path}: still open`)),
    options.timeoutMs ?? 30_000
  )
  try {
    for await (const part of socket) {
      parts.push(part)
      if (options.until?.(Buffer.concat(parts)) === true) break
    }
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
  return answerFrom(Buffer.concat(parts))
}

function answerFrom(bytes: Buffer): RawAnswer {
  const split = bytes.indexOf('\r\n\r\n')
  const [first = '', ...rest] = bytes.subarray(0, split).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    rest.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
  )
  const body = bytes.subarray(split + 4)
  const isChunked = headers['transfer-encoding'] === 'chunked'
  const { chunks, isWhole } = isChunked ? chunksOf(body) : { chunks: [body], isWhole: true }
  return {
    status: Number(first.split(' ')[1]),
    headers,
    chunks,
    body: Buffer.concat(chunks),
    isWhole
  }
}

/** RFC 9112 §7.1 without extensions and trailers. */
function chunksOf(body: Buffer): { chunks: Buffer[]; isWhole: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    if (end === -1) return { chunks, isWhole: false }
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16)
    if (size === 0) return { chunks, isWhole: true }
    chunks.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}
