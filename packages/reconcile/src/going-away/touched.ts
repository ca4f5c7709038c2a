import type { Change } from '@proxbox/contracts'
import { canonical } from '../canonical.ts'
import type { Matching } from '../match.ts'

/** Pure: did a person add a description or a tag to an object that we would delete? */
export function touchedIn(matching: Matching) {
  return (change: Change): boolean => {
    const known = matching.byKey.get(change.key)
    if (known === undefined) return true
    return ['description', 'tags'].some((field) => {
      const text = (value: Change['before'][string] | undefined) =>
        canonical(change.kind, field, value, matching.resolve)
      const now = text(known.current.fields[field])
      return now !== '' && now !== text(known.base[field])
    })
  }
}
