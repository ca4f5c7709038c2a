import type { Content } from './netbox-side.ts'

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// Numbers of other rows, of this server, of the clock, or counted from other tables.
const moving = /^(id|url|display_url|created|last_updated|last_seen|_.*|.*_count|.*_id|owner)$/

/** Pure: what an object says; objects that it names by what they say of themselves. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said).sort(byText)
  if (!isJson(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !moving.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [
        name,
        // Their names may end in `_id`: they are ours.
        name === 'custom_fields' && isJson(one)
          ? Object.fromEntries(
              Object.entries(one)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([field, held]) => [field, said(held)])
            )
          : said(one)
      ])
  )
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
const mostPages = 1000

/** Reads tables through the API and forgets all that differs between two NetBoxes of one content. */
export async function contentOf(
  tables: readonly string[],
  call: (method: string, path: string) => Promise<unknown>
): Promise<Content> {
  const content: Record<string, string[]> = {}
  for (const table of tables) {
    const rows: string[] = []
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await call('GET', `${table}?limit=1000&ordering=id&offset=${page * 1000}`)
      const results = isJson(answer) && Array.isArray(answer.results) ? answer.results : []
      rows.push(...results.map((row) => JSON.stringify(said(row))))
      if (results.length < 1000) break
    }
    content[table] = rows.sort()
  }
  return content
}
