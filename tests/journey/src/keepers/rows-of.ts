import { kinds, syncTypes } from '@proxbox/contracts'
import { kindsFor } from '@proxbox/reconcile'
import type { Place } from './place.ts'

/** Every object by its table, with its id and the time when it was made. */
export type Rows = Readonly<Record<string, readonly unknown[]>>

// What a Run may write, and what people write beside it.
const written = kindsFor(syncTypes, '4.7.3').owned
const tables = [...written.map((kind) => kinds[kind].path), 'extras/journal-entries/']

/**
 * Reads a NetBox past Proxbox. Left out are its address and the tags that say who keeps it, and with these when an object was
 * last written: it may have got such a tag.
 */
export async function rowsOf(place: Place): Promise<Rows> {
  const rows: [string, unknown[]][] = []
  for (const table of tables) {
    const { results } = await ask<{ results: unknown[] }>(place, 'GET', `${table}?limit=1000`)
    rows.push([table, lasting(results)])
  }
  return Object.fromEntries(rows)
}

/** Slugs of the tags that say who keeps a NetBox, oldest first. */
export async function identitiesIn(place: Place): Promise<string[]> {
  const path = 'extras/tags/?slug__isw=proxbox-id-&ordering=id'
  const { results } = await ask<{ results: { slug: string }[] }>(place, 'GET', path)
  return results.map(({ slug }) => slug)
}

/** One request of a person below `/api/`. @throws Error with NetBox's words */
export async function ask<T>(
  { url, token }: Place,
  method: string,
  path: string,
  body?: unknown
): Promise<T> {
  const answer = await fetch(`${url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 400)}`)
  return (text === '' ? undefined : JSON.parse(text)) as T // the caller knows NetBox's shapes
}

const moving = ['url', 'display_url', 'last_updated']
const isIdentity = (row: unknown): boolean =>
  String(Reflect.get(Object(row), 'slug')).startsWith('proxbox-id-')

function lasting<T>(value: T): T
function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => !isIdentity(one)).map(lasting)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !moving.includes(name))
      .map(([name, one]) => [name, lasting(one)])
  )
}
