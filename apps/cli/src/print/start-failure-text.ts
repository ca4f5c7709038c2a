import { StartFailed } from '@proxbox/embedded'

/** Pure: the sentence of anything thrown; of a part that did not start, what it said itself instead of its raw log. */
export function startFailureText(error: unknown): string {
  if (!(error instanceof StartFailed)) return error instanceof Error ? error.message : String(error)
  const said = lastWords(error.logTail)
  return said === undefined ? error.message : `${error.child} did not start: ${said}`
}

/** The detail of the last fatal line of a service's log. */
function lastWords(logTail: string): string | undefined {
  for (const line of logTail.split('\n').toReversed()) {
    const entry = entryFrom(line)
    if (entry?.level !== fatal) continue
    if (typeof entry.detail === 'string') return entry.detail
    if (isError(entry.error)) return entry.error.message
  }
  return undefined
}

const fatal = 60 // pino's number

function entryFrom(
  line: string
): { level?: unknown; detail?: unknown; error?: unknown } | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? entry : undefined
  } catch {
    return undefined // not every line of a log is JSON
  }
}

const isError = (value: unknown): value is { message: string } =>
  typeof value === 'object' &&
  value !== null &&
  'message' in value &&
  typeof value.message === 'string'
