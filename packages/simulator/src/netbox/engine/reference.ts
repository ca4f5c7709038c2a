import type { Decoded } from './decoded.ts'
import type { Context, Model } from './model.ts'
import { isRecord, pythonRepr, pythonTypeOf } from './python.ts'
import type { Row } from './row.ts'

/** A reference in a request: a numeric id, or attributes that match exactly one object. */
export function referenceFrom(context: Context, to: string, raw: unknown): Decoded {
  if (isRecord(raw)) return byAttributes(context, to, raw)
  // In Python True is 1.
  const number = typeof raw === 'boolean' ? Number(raw) : raw
  const given = typeof number === 'number' ? Math.trunc(number) : number
  const text = typeof given === 'number' || typeof given === 'string' ? String(given).trim() : ''
  if (!/^-?\d{1,15}$/.test(text)) {
    const shown = typeof raw === 'string' ? raw : pythonRepr(raw)
    return {
      error: [
        'Related objects must be referenced by numeric ID or by dictionary of attributes. ' +
          `Received an unrecognized value: ${shown}`
      ]
    }
  }
  const id = Number(text)
  if (context.store.get(to, id)) return { value: id }
  return { error: [`Related object not found using the provided numeric ID: ${id}`] }
}

/** A list of ids and nothing else, as serializers of many objects read it. */
export function objectsFrom(context: Context, to: string, raw: unknown): Decoded {
  if (!Array.isArray(raw)) {
    return { error: [`Expected a list of items but got type "${pythonTypeOf(raw)}".`] }
  }
  const ids: number[] = []
  for (const item of raw) {
    const isKey = typeof item === 'number' || (typeof item === 'string' && /^\s*\d+\s*$/.test(item))
    if (!isKey) {
      return { error: [`Incorrect type. Expected pk value, received ${pythonTypeOf(item)}.`] }
    }
    const id = Math.trunc(Number(item))
    if (!context.store.get(to, id)) {
      return { error: [`Invalid pk "${item}" - object does not exist.`] }
    }
    ids.push(id)
  }
  return { value: [...new Set(ids)].sort((a, b) => a - b) }
}

function byAttributes(context: Context, to: string, raw: Record<string, unknown>): Decoded {
  const model = context.models.get(to)
  const unknownKey = Object.keys(raw).find((key) => !isAttribute(model, key.split('__')[0] ?? ''))
  if (unknownKey) {
    const known = ['id', ...(model?.fields ?? []).map(({ name }) => name)].sort().join(', ')
    const text = `Cannot resolve keyword '${unknownKey}' into field. Choices are: ${known}`
    return { error: [text] }
  }
  const found = candidates(context, to, raw).filter((row) => matches(context, to, row, raw))
  const [only, second] = found
  if (second)
    return { error: [`Multiple objects match the provided attributes: ${pythonRepr(raw)}`] }
  if (only) return { value: only.id }
  return { error: [`Related object not found using the provided attributes: ${pythonRepr(raw)}`] }
}

function isAttribute(model: Model | undefined, key: string): boolean {
  return key === 'id' || key === 'pk' || (model?.fields.some(({ name }) => name === key) ?? false)
}

function candidates(context: Context, to: string, raw: Record<string, unknown>): Row[] {
  const names = new Set(context.store.indexNames(to))
  const key = Object.keys(raw).find((name) => names.has(name) && !isRecord(raw[name]))
  if (key && raw[key] !== null) return context.store.where(to, key, raw[key])
  return [...context.store.rows(to)]
}

function matches(
  context: Context,
  to: string,
  row: Row,
  attributes: Record<string, unknown>
): boolean {
  const model = context.models.get(to)
  return Object.entries(attributes).every(([path, wanted]) => {
    const [name = '', ...rest] = path.split('__')
    const field = model?.fields.find((one) => one.name === name)
    const nested = rest.length > 0 ? { [rest.join('__')]: wanted } : wanted
    if (field?.kind === 'fk' && field.to && isRecord(nested)) {
      const other = context.store.get(field.to, row[name])
      return other !== undefined && matches(context, field.to, other, nested)
    }
    const value = name === 'pk' ? row.id : row[name]
    if (wanted === null) return value === null
    return String(value) === String(wanted)
  })
}
