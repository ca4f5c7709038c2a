import type { Change, Fields, FieldValue } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'

const value = (one: FieldValue | undefined): string => {
  if (one === undefined || one === null) return 'nothing'
  if (isRef(one)) return one.ref
  return Array.isArray(one) ? `[${one.map((each) => value(each)).join(', ')}]` : JSON.stringify(one)
}

const fields = (before: Fields, after: Fields) =>
  Object.keys({ ...before, ...after })
    .map((name) => `    ${name}: ${value(before[name])} → ${value(after[name])}`)
    .join('\n')

/** Pure: Changes for people. */
export const toldChanges = (changes: readonly Change[]): string =>
  changes
    .map(({ action, key, before, after }) => `${action} ${key}\n${fields(before, after)}`)
    .join('\n')
