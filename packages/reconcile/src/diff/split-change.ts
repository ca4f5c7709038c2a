import type { Change, Fields } from '@proxbox/contracts'

const only = (change: Change, test: (field: string) => boolean): Change => {
  const pick = <T>(fields: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => test(field)))
  const [before, after]: Fields[] = [pick(change.before), pick(change.after)]
  return { ...change, before: before ?? {}, after: after ?? {}, why: pick(change.why) }
}

/** Pure: an update in two: what it says of one field, and the rest; undefined where that is nothing. */
export function splitChange(change: Change, field: string): { part: Change; rest?: Change } {
  const rest = only(change, (name) => name !== field)
  const part = only(change, (name) => name === field)
  return Object.keys(rest.after).length === 0 ? { part } : { part, rest }
}
