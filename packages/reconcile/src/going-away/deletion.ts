import type { Change, LedgerRow } from '@proxbox/contracts'
import type { Matched, Matching } from '../identity/matching.ts'
import { translatedFields } from './translated-fields.ts'

/** Pure: the object of a row, unless it is known as another Item by now. */
export function objectOf(row: LedgerRow, matching: Matching): Matched | undefined {
  const known = matching.byKey.get(row.key)
  return known !== undefined && matching.claimed.get(known.current.key) === row.key
    ? known
    : undefined
}

/** Pure: the Change that deletes an object, with all that it holds. */
export const deletion = (row: LedgerRow, { current }: Matched, matching: Matching): Change => ({
  key: row.key,
  kind: row.kind,
  action: 'delete',
  netbox_id: current.netbox_id,
  before: translatedFields(current, matching),
  after: {},
  why: {},
  label: matching.called(current),
  origin: row.origin
})
