/** Wire names are snake_case, columns camelCase. */
const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** An empty text says that there is none, as null does: the CLI and forms send it. */
const emptyIsNone = [
  'ip_address',
  'site',
  'tenant',
  'netbox_cluster',
  'link_base',
  'primary_ip_subnet'
]
const stored = (name: string, value: unknown): unknown =>
  value === '' && emptyIsNone.includes(name) ? null : value

/** Pure: the columns of the wire fields that may be stored as they are. */
export function columnsFrom(
  body: Readonly<Record<string, unknown>>,
  names: readonly string[]
): Record<string, unknown> {
  const given = names.filter((name) => body[name] !== undefined)
  return Object.fromEntries(given.map((name) => [camel(name), stored(name, body[name])]))
}

const labels: Readonly<Record<string, string>> = { v1: 'v1', v2: 'v2' }

/** Pure: a choice as NetBox reads it out: value and label. */
export const choice = (value: string): { value: string; label: string } => ({
  value,
  label: labels[value] ?? value.charAt(0).toUpperCase() + value.slice(1).replaceAll('-', ' ')
})
