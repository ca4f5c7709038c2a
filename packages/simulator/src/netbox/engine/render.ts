import { choicesOf, definitionsOf } from './custom-fields.ts'
import type { Context, Model, View } from './model.ts'
import { isRecord } from './python.ts'
import type { Row } from './row.ts'
import type { Field } from './table-shape.ts'
import { userOf } from './user.ts'

/** Turns stored rows into what the API answers. `origin` is the scheme and host of the request. */
export class Renderer implements View {
  readonly context: Context
  readonly user: unknown
  readonly #origin: string

  constructor(context: Context, origin: string) {
    this.context = context
    this.#origin = origin
    this.user = userOf(origin, false)
  }

  /** The whole object, or the fields that `wants` accepts. */
  row(model: Model, row: Row, wants: (field: string) => boolean): Record<string, unknown> {
    const answer: Record<string, unknown> = {}
    const put = (name: string, value: () => unknown) => {
      if (wants(name)) answer[name] = value()
    }
    put('id', () => row.id)
    put('url', () => this.url(model, row.id))
    put('display_url', () => `${this.#origin}${model.ui ?? model.path}${row.id}/`)
    put('display', () => model.display(row, this.context))
    for (const field of model.fields) {
      if (field.writeOnly || (field.since ?? 0) > this.context.minor) continue
      put(field.name, () => this.#value(field, row))
    }
    if (model.tags) put('tags', () => this.#tags(row))
    if (model.customFields) put('custom_fields', () => this.#customFields(model, row))
    if (row.created !== undefined) {
      put('created', () => row.created)
      put('last_updated', () => row.last_updated)
    }
    for (const computed of model.computed ?? []) {
      if ((computed.since ?? 0) > this.context.minor) continue
      put(computed.name, () => computed.value(row, this))
    }
    return answer
  }

  url(model: Model, id: number): string {
    return `${this.#origin}/api${model.path}${id}/`
  }

  nested(key: string, id: unknown, fields?: readonly string[]): unknown {
    const model = this.context.models.get(key)
    const row = model && this.context.store.get(key, id)
    if (!model || !row) return null
    const names = new Set(['id', 'url', 'display', ...(fields ?? model.nested)])
    const zeros = Object.fromEntries((model.zeros ?? []).map((name) => [name, 0]))
    return { ...this.row(model, row, (name) => names.has(name)), ...zeros }
  }

  choice(field: Field, value: unknown): unknown {
    if (value === null || value === undefined || value === '') return null
    const label = field.choices?.find(([known]) => known === value)?.[1] ?? String(value)
    return { value, label }
  }

  #value(field: Field, row: Row): unknown {
    const value = row[field.name]
    switch (field.kind) {
      case 'choice':
        return field.plain ? (value ?? null) : this.choice(field, value)
      case 'fk':
        return field.plain ? value : this.nested(field.to ?? '', value, field.nestedAs)
      case 'many':
        return Array.isArray(value) ? value.map((id) => this.nested(field.to ?? '', id)) : []
      default:
        return value ?? null
    }
  }

  #tags(row: Row): unknown[] {
    const model = this.context.models.get('extras.tag')
    if (!model || !Array.isArray(row.tags)) return []
    const names = new Set(['id', 'url', 'display_url', 'display', 'name', 'slug', 'color'])
    return row.tags
      .flatMap((id) => this.context.store.get('extras.tag', id) ?? [])
      .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
      .map((tag) => this.row(model, tag, (name) => names.has(name)))
  }

  #customFields(model: Model, row: Row): Record<string, unknown> {
    const stored = isRecord(row.custom_fields) ? row.custom_fields : {}
    const definitions = definitionsOf(this.context, model.key)
    return Object.fromEntries(
      definitions.map((one) => [one.name, this.#customValue(one, stored[String(one.name)])])
    )
  }

  #customValue(definition: Row, value: unknown): unknown {
    if (value === null || value === undefined) return null
    const to = String(definition.related_object_type)
    if (definition.type === 'object') return this.nested(to, value)
    if (definition.type === 'multiobject' && Array.isArray(value)) {
      return value.map((id) => this.nested(to, id))
    }
    if (this.context.minor < 7) return value
    const choices = new Map(choicesOf(this.context, definition))
    const labelled = (one: unknown) => ({ value: one, label: choices.get(String(one)) ?? one })
    if (definition.type === 'select') return labelled(value)
    return definition.type === 'multiselect' && Array.isArray(value) ? value.map(labelled) : value
  }
}
