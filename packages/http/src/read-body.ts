import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { HttpDecodeError, HttpTooLarge } from './errors.ts'

const unzip = promisify(gunzip)
const inflated = promisify(inflate)

interface BodyLimit {
  readonly label: string
  readonly maxBytes: number
}

/** The whole body, as it came. @throws HttpTooLarge beyond `maxBytes` */
export async function readAll(chunks: AsyncIterable<Buffer>, limit: BodyLimit): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit.maxBytes) throw tooLarge(limit)
    parts.push(chunk)
  }
  return Buffer.concat(parts, size)
}

/** Undoes gzip and deflate; the limit holds for the result, so that a bomb stays small. */
export async function decompressed(
  body: Buffer,
  encoding: string | undefined,
  limit: BodyLimit
): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (body.length === 0 || name === 'identity' || name === '') return body
  const options = { maxOutputLength: limit.maxBytes }
  try {
    if (name === 'gzip' || name === 'x-gzip') return await unzip(body, options)
    if (name === 'deflate') return await inflated(body, options)
  } catch (cause) {
    const isTooLarge = cause instanceof RangeError
    if (isTooLarge) throw tooLarge(limit, cause)
    throw new HttpDecodeError(`${limit.label}: the ${name} body is broken`, { cause })
  }
  throw new HttpDecodeError(`${limit.label}: unknown content-encoding ${name.slice(0, 40)}`)
}

function tooLarge(limit: BodyLimit, cause?: unknown): HttpTooLarge {
  const error = new HttpTooLarge(`${limit.label}: the answer exceeds ${limit.maxBytes} bytes`, {
    limitBytes: limit.maxBytes
  })
  if (cause !== undefined) error.cause = cause
  return error
}
