import { Crash, Invalid, Refusal } from './errors.ts'
import type { Context } from './model.ts'
import { pythonRepr, pythonTypeOf } from './python.ts'
import { referenceFrom } from './reference.ts'
import type { Draft, Row } from './row.ts'

const TAG = 'extras.tag'

/**
 * The tag ids after a write: `tags` replaces; from 4.6 on `add_tags` and `remove_tags` merge. Adds to
 * `errors` what cannot be read. Returns undefined when the request does not speak of tags.
 */
export function tagsAfter(
  context: Context,
  input: Draft,
  before: Row | undefined,
  errors: Draft
): number[] | undefined {
  const tags = read(context, input, 'tags', errors)
  if (context.minor < 6) return tags
  const add = read(context, input, 'add_tags', errors)
  const remove = read(context, input, 'remove_tags', errors)
  if (!add && !remove) return tags
  if (tags && tags.length > 0) {
    throw new Invalid({
      tags: ['Cannot specify "tags" together with "add_tags" or "remove_tags".']
    })
  }
  if (remove && !before) {
    throw new Invalid({ remove_tags: ['Cannot use "remove_tags" when creating a new object.'] })
  }
  const both = (add ?? []).filter((id) => remove?.includes(id))
  if (both.length > 0) {
    const names = both.map((id) => context.store.get(TAG, id)?.name).join(', ')
    throw new Invalid({
      remove_tags: [`Tags may not be present in both "add_tags" and "remove_tags": ${names}`]
    })
  }
  const own = before && Array.isArray(before.tags) ? before.tags.map(Number) : []
  return [...new Set([...own, ...(add ?? [])])].filter((id) => !remove?.includes(id))
}

function read(context: Context, input: Draft, name: string, errors: Draft): number[] | undefined {
  const raw = input[name]
  if (raw === undefined) return undefined
  if (raw === null) {
    errors[name] = ['This field may not be null.']
    return undefined
  }
  if (!Array.isArray(raw)) {
    const text = `Expected a list of items but got type "${pythonTypeOf(raw)}".`
    errors[name] = { [context.minor >= 7 ? '__all__' : 'non_field_errors']: [text] }
    return undefined
  }
  const ids: number[] = []
  for (const item of raw) {
    const found = referenceFrom(context, TAG, item)
    if ('error' in found) {
      // These two are looked up outside of the validation, and nobody catches what they throw.
      if (name !== 'tags' && context.minor >= 7) {
        throw new Crash('ValidationError', pythonRepr(found.error))
      }
      errors[name] = found.error
      return undefined
    }
    ids.push(Number(found.value))
  }
  return [...new Set(ids)]
}

/** A tag may be limited to some models. */
export function checkTagTypes(context: Context, model: string, ids: readonly number[]): void {
  for (const id of ids) {
    const tag = context.store.get(TAG, id)
    const types = tag?.object_types
    if (!Array.isArray(types) || types.length === 0 || types.includes(model)) continue
    const name = model.split('.')[1]
    throw new Refusal(400, { detail: `Tag ${tag?.name} cannot be assigned to ${name} objects.` })
  }
}
