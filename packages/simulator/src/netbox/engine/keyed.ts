/** Pure: one text of several values, for an index; nothing is not the empty text. */
export function keyed(...parts: unknown[]): string {
  return parts
    .map((part) => (part === null || part === undefined ? '~' : String(part)))
    .join('\u0000')
}
