import { Crash } from './errors.ts'
import type { Context, Model } from './model.ts'
import { isRecord } from './python.ts'
import type { Row } from './row.ts'

const CHANGE = 'core.objectchange'

const MAX_CHANGES = 200_000

/** The changelog entries of one request; changes of one object in one request become one entry. */
export class Changelog {
  readonly #context: Context
  readonly #requestId: string
  readonly #user: { readonly id: number; readonly name: string }
  readonly #stamp: () => string
  readonly #entries = new Map<string, number>()

  constructor(
    context: Context,
    requestId: string,
    user: { readonly id: number; readonly name: string },
    stamp: () => string
  ) {
    this.#context = context
    this.#requestId = requestId
    this.#user = user
    this.#stamp = stamp
  }

  /** A create (no `before`), an update, or a delete (no `after`). An update of nothing is not recorded. */
  record(model: Model, before: Row | undefined, after: Row | undefined, message: string): void {
    // The column is 200 characters wide, and the API does not check it.
    if (message.length > 200) {
      throw new Crash('DataError', 'value too long for type character varying(200)')
    }
    const row = after ?? before
    if (!row) return
    const pre = before ? dataOf(this.#context, model, before) : {}
    const post = after ? dataOf(this.#context, model, after) : {}
    if (before && after && JSON.stringify(pre) === JSON.stringify(post)) return
    const key = `${model.key}:${row.id}`
    if (after && this.#amend(key, post)) return
    const { store } = this.#context
    const id = store.nextId(CHANGE)
    // Like CHANGELOG_RETENTION, but by number: the oldest entries go.
    const oldest = store.get(CHANGE, id - MAX_CHANGES)
    if (oldest) store.remove(CHANGE, oldest)
    this.#entries.set(key, id)
    store.put(CHANGE, {
      id,
      time: this.#stamp(),
      user: this.#user.id,
      user_name: this.#user.name,
      request_id: this.#requestId,
      action: after ? (before ? 'update' : 'create') : 'delete',
      changed_object_type: model.key,
      changed_object_id: row.id,
      object_repr: model.display(row, this.#context).slice(0, 200),
      message,
      prechange_data: pre,
      postchange_data: post
    })
  }

  #amend(key: string, post: unknown): boolean {
    const earlier = this.#context.store.get(CHANGE, this.#entries.get(key))
    if (!earlier || earlier.action === 'delete') return false
    this.#context.store.put(CHANGE, { ...earlier, postchange_data: post })
    return true
  }
}

/** An object as the changelog keeps it: stored values, tags by slug. */
function dataOf(context: Context, model: Model, row: Row): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const field of model.fields) {
    if (field.writeOnly || row[field.name] === undefined) continue
    const value = row[field.name]
    data[field.name] =
      field.kind === 'decimal' && typeof value === 'number' ? value.toFixed(2) : value
  }
  if (model.tags && Array.isArray(row.tags)) {
    data.tags = row.tags.map((id) => String(context.store.get('extras.tag', id)?.slug)).sort()
  }
  if (model.computed?.some(({ name }) => name === 'owner')) data.owner = null
  if (model.customFields) data.custom_fields = isRecord(row.custom_fields) ? row.custom_fields : {}
  return data
}
