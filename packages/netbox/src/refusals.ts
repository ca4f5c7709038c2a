import type { HttpResponse } from '@proxbox/http'
import { bodyOf, detailOf, wordsOf } from './failure.ts'
import { isObject, objectsIn } from './wire.ts'
import type { WriteBatch, WriteEntry } from './write-types.ts'

/** What a refused batch says about its entries: which are refused and why, and which are gone already. */
export interface Named {
  readonly refused: ReadonlyMap<WriteEntry, string>
  readonly gone: ReadonlySet<WriteEntry>
}

/**
 * Pure: the entries that the answer names, or undefined when it names none. 4.7 lists `{index}` or `{id}` of all that
 * fail; before, a create answers one element per entry with `{}` for the good ones, everything else names nobody.
 */
export function namedIn(response: HttpResponse, batch: WriteBatch): Named | undefined {
  const body = bodyOf(response)
  const refused = new Map<WriteEntry, string>()
  const gone = new Set<WriteEntry>()
  const blame = (entry: WriteEntry | undefined, detail: string) => {
    if (entry === undefined) return
    const isGone = batch.action === 'delete' && /does not exist/i.test(detail)
    if (isGone) gone.add(entry)
    else refused.set(entry, detail.slice(0, 600))
  }
  if (Array.isArray(body) && body.length === batch.entries.length) {
    body.forEach((errors: unknown, index) => {
      const isBad = !isObject(errors) || Object.keys(errors).length > 0
      if (isBad) blame(batch.entries[index], wordsOf(errors))
    })
  } else if (isObject(body)) {
    for (const { index, id, errors } of objectsIn(body.errors)) {
      const entry =
        typeof index === 'number'
          ? batch.entries[index]
          : batch.entries.find(({ netboxId }) => netboxId !== null && netboxId === id)
      blame(entry, wordsOf(errors))
    }
  }
  return refused.size + gone.size === 0 ? undefined : { refused, gone }
}

// Faults that one object causes every time; others (database or cache away, deadlock) pass by themselves.
const objectFaults =
  /^(IntegrityError|DataError|ValidationError|ValueError|TypeError|KeyError|AttributeError|ProtectedError|RestrictedError|MultipleObjectsReturned|\w*DoesNotExist|AddrFormatError|FieldError)$/

export type Verdict =
  | 'stored'
  | 'refused'
  | 'too-large'
  | 'busy'
  | 'unanswered'
  | 'forbidden'
  | 'wrong'

/** Pure: what the answer to a write means. Only `unanswered` leaves open whether it was stored. */
export function verdictOf(response: HttpResponse): Verdict {
  const { status } = response
  if (status >= 200 && status < 300) return verdictOf2xx(response)
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 413) return 'too-large'
  if (status === 429 || status === 503) return 'busy'
  const body = bodyOf(response)
  // Django's own page for a body above DATA_UPLOAD_MAX_MEMORY_SIZE is no JSON.
  if (status === 400) return body === undefined ? 'too-large' : 'refused'
  if (status === 409) return 'refused'
  if (status === 408 || status > 500) return 'unanswered'
  return status === 500 ? verdictOf500(body) : 'wrong'
}

// A page with 200 (a portal before NetBox) tells nothing of the write.
const verdictOf2xx = (response: HttpResponse): Verdict =>
  response.status === 204 || bodyOf(response) !== undefined ? 'stored' : 'unanswered'

// JSON from NetBox's own handler means that the transaction was rolled back.
function verdictOf500(body: unknown): Verdict {
  if (!isObject(body) || typeof body.exception !== 'string') return 'unanswered'
  if (body.exception === 'RequestDataTooBig') return 'too-large'
  return objectFaults.test(body.exception) ? 'refused' : 'busy'
}

export const refusalText = (response: HttpResponse): string =>
  response.status === 413 || bodyOf(response) === undefined
    ? `the object is larger than NetBox takes in one request (status ${response.status})`
    : detailOf(response)
