import { type HttpResponse, HttpTimeout, HttpUnreachable, retryIdempotent } from '@proxbox/http'
import { answerFailure } from './failure.ts'
import { type Inside, type Query, readFailure } from './open-netbox.ts'
import { isObject, type Json } from './wire.ts'

const attempts = 4
const capMs = 20_000

/** An answer that another try may mend. */
class Busy extends Error {
  readonly response: HttpResponse

  constructor(response: HttpResponse) {
    super(`status ${response.status}`)
    this.response = response
  }
}

/**
 * One GET, tried again when NetBox is busy or out of reach.
 *
 * @throws ProxboxError NETBOX_*
 */
export async function readAnswer(
  inside: Inside,
  path: string,
  query: Query,
  signal: AbortSignal
): Promise<Json> {
  const call = async () => {
    const response = await inside.get(path, query, signal)
    if (response.status === 429 || response.status >= 500) throw new Busy(response)
    return response
  }
  const begunAt = inside.now()
  try {
    const response = await retryIdempotent(
      call,
      {
        attempts,
        baseMs: 500,
        capMs,
        random: inside.random,
        sleep: (ms) => inside.sleep(ms, signal),
        shouldRetry: (error) =>
          error instanceof Busy || error instanceof HttpTimeout || error instanceof HttpUnreachable,
        retryAfterMs: (error) => (error instanceof Busy ? retryAfterMs(error.response) : undefined),
        onPause: ({ error, ...pause }) =>
          inside.pausing({ ...pause, begunAt, failure: failureOf(inside, error, path) })
      },
      signal
    )
    return objectFrom(inside, response, path)
  } catch (error) {
    throw failureOf(inside, error, path)
  }
}

const failureOf = (inside: Inside, error: unknown, path: string): unknown =>
  error instanceof Busy
    ? answerFailure(error.response, inside.place, path)
    : readFailure(inside, error, path)

function objectFrom(inside: Inside, response: HttpResponse, path: string): Json {
  if (response.status !== 200) throw answerFailure(response, inside.place, path)
  const type = String(response.headers['content-type'] ?? '')
  // A page where JSON was promised: a maintenance page or a login portal before NetBox.
  if (!type.includes('json')) throw answerFailure({ ...response, status: 503 }, inside.place, path)
  const body = response.json()
  if (isObject(body)) return body
  throw answerFailure(response, inside.place, path)
}

/** Pure: Retry-After in ms, given in seconds or as a date (RFC 9110 §10.2.3). */
export function retryAfterMs(response: HttpResponse): number | undefined {
  const given = response.headers['retry-after']
  if (given === undefined) return undefined
  const seconds = Number(given)
  if (!Number.isNaN(seconds)) return seconds * 1000
  const at = Date.parse(String(given))
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
