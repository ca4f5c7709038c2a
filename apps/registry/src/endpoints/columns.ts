/** Wire names are snake_case, columns camelCase. */
const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const special: Readonly<Record<string, string>> = { fingerprint_sha256: 'fingerprintSha256' }

/** Pure: the columns of the wire fields that may be stored as they are. */
export function columnsFrom(
  body: Readonly<Record<string, unknown>>,
  names: readonly string[]
): Record<string, unknown> {
  const given = names.filter((name) => body[name] !== undefined)
  return Object.fromEntries(given.map((name) => [special[name] ?? camel(name), body[name]]))
}

const labels: Readonly<Record<string, string>> = { v1: 'v1', v2: 'v2' }

/** Pure: a choice as NetBox reads it out: value and label. */
export const choice = (value: string): { value: string; label: string } => ({
  value,
  label: labels[value] ?? value.charAt(0).toUpperCase() + value.slice(1).replaceAll('-', ' ')
})
