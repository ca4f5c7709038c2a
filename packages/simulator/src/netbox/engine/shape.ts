import type { Model } from './model.ts'
import type { Minor } from './row.ts'

type Wants = (field: string) => boolean

const ALL: Wants = () => true

/** Which fields an answer to a GET has: `brief`, `fields`, `omit` and, before 4.7, `exclude`. */
export function wantsFrom(model: Model, query: URLSearchParams, minor: Minor): Wants {
  const isCut = namesFrom(query, 'fields') !== undefined
  const brief = ['true', '1'].includes((query.get('brief') ?? '').toLowerCase())
  if (brief && !isCut) {
    const names = new Set(['id', 'url', 'display', ...(model.brief ?? model.nested)])
    return (name) => names.has(name)
  }
  return wantsOfWrite(query, minor)
}

/** The same for a write, which does not know `brief`. */
export function wantsOfWrite(query: URLSearchParams, minor: Minor): Wants {
  const fields = namesFrom(query, 'fields')
  return fields ? (name) => fields.has(name) : leaving(query, minor)
}

/** Writable fields that the same parameters let through. */
export function acceptsFrom(query: URLSearchParams): Wants {
  const fields = namesFrom(query, 'fields')
  if (fields) return (name) => fields.has(name)
  const omit = namesFrom(query, 'omit')
  return omit ? (name) => !omit.has(name) : ALL
}

function leaving(query: URLSearchParams, minor: Minor): Wants {
  const omit = namesFrom(query, 'omit') ?? new Set<string>()
  const excludesContext = minor < 7 && query.getAll('exclude').includes('config_context')
  if (omit.size === 0 && !excludesContext) return ALL
  return (name) => !omit.has(name) && !(excludesContext && name === 'config_context')
}

function namesFrom(query: URLSearchParams, parameter: string): Set<string> | undefined {
  const names = query
    .getAll(parameter)
    .flatMap((value) => value.split(','))
    .filter(Boolean)
  return names.length > 0 ? new Set(names) : undefined
}
