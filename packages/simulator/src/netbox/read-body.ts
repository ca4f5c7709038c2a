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

/** Python's json module names the place; of its messages the two usual ones are enough here. */
function pythonComplaint(text: string): string {
  return /^\s*\{[^"}]/.test(text)
    ? 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'
    : 'Expecting value: line 1 column 1 (char 0)'
}
