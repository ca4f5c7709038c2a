import type { IncomingMessage } from 'node:http'

export interface ReadBody {
  readonly body?: unknown
  readonly bodyBytes: number
  readonly bodyError?: string
}

// nginx's client_max_body_size in NetBox's example configuration.
const MAX_BYTES = 25 * 1024 * 1024

/** Reads a JSON body; what is not JSON is told, not thrown. Throws above 25 MiB or when the client leaves. */
export async function readBody(incoming: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = []
  let bodyBytes = 0
  for await (const chunk of incoming) {
    // Without an encoding, node:http gives Buffers.
    const bytes = chunk as Buffer
    bodyBytes += bytes.length
    if (bodyBytes > MAX_BYTES) throw new Error('request body over 25 MiB')
    chunks.push(bytes)
  }
  if (bodyBytes === 0) return { bodyBytes }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return { body: JSON.parse(text), bodyBytes }
  } catch {
    return { bodyBytes, bodyError: pythonComplaint(text) }
  }
}

/** Python's json module names the place; of its messages the usual ones are enough here. */
function pythonComplaint(text: string): string {
  if (/^\s*\{[^"}]/.test(text)) {
    return 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'
  }
  // Cut off where a value should come: at its end. Otherwise: at its beginning.
  const at = /[:,[]\s*$/.test(text) ? text.length : 0
  const line = text.slice(0, at).split('\n')
  return `Expecting value: line ${line.length} column ${(line.at(-1)?.length ?? 0) + 1} (char ${at})`
}
