/** A body without what differs from server to server: ids, times, versions, who asked, and where. */
export function normalised(body: unknown, origin: string): unknown {
  return inner('', body, origin)
}

const TIMES = new Set(['created', 'last_updated', 'time'])
const PEOPLE = new Set(['user', 'user_name', 'created_by'])
const VERSIONS = new Set(['netbox_version', 'python_version', 'netbox-version'])

function inner(key: string, value: unknown, origin: string): unknown {
  if (value === null || value === undefined) return value
  if (TIMES.has(key)) return '<time>'
  if (PEOPLE.has(key)) return '<user>'
  if (VERSIONS.has(key)) return '<version>'
  if (key === 'request_id') return '<uuid>'
  if (typeof value === 'number') return key === 'id' || key.endsWith('_id') ? '#' : value
  if (typeof value === 'string') return textFrom(value, origin)
  if (Array.isArray(value)) return value.map((one) => inner(key, one, origin))
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, inner(name, one, origin)])
  )
}

function textFrom(text: string, origin: string): string {
  // Which columns a table has is nobody's business; the changelog's titles end with who it was.
  const plain = text
    .replace(/(?<=^Cannot resolve keyword .* Choices are: ).*$/, '…')
    .replace(/(?<= (created|updated|deleted) by )\S+$/, '<user>')
  if (/^(Unable to delete|duplicate key)/.test(text)) return plain.replaceAll(/(?<=\()\d+\b/g, '#')
  if (!text.startsWith(origin)) return plain
  return text
    .slice(origin.length)
    .replaceAll(/\/\d+\//g, '/#/')
    .replace(/start=\d+/, 'start=#')
}
