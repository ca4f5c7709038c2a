import type { RunRow } from '../db/schema.ts'

/** Pure: the step that a Frame about a whole Run is of: its only stage, or all of them. */
export function stepOf({ syncTypes }: Pick<RunRow, 'syncTypes'>): string {
  const [only, ...others] = syncTypes
  return only === undefined || others.length > 0 ? 'full-update' : only
}
