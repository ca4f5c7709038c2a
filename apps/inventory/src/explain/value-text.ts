/** Pure: a field's value for people: `nothing`, `"web"`, `2048`, `vm:c1/qemu/100`, `tag:a, tag:b`. Long texts are cut. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map(valueText).join(', ')
  if (typeof value === 'string')
    return `"${value.length > 200 ? `${value.slice(0, 200)}…` : value}"`
  if (typeof value !== 'object') return String(value)
  return 'ref' in value && typeof value.ref === 'string' ? value.ref : JSON.stringify(value)
}
