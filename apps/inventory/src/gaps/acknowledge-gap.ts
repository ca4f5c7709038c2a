import { ProxboxError } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import { gaps } from '../db/schema.ts'

interface Acknowledgement {
  readonly id: number
  /** A date or a moment (ISO 8601); null takes it back. */
  readonly until: string | null
  readonly user: string
}

/**
 * A gap that is acknowledged stays listed and no longer degrades a Run, until that moment.
 *
 * @throws ProxboxError NOT_FOUND; FIELD_INVALID for what is no moment to come
 */
export async function acknowledgeGap(
  database: Database,
  { id, until, user }: Acknowledgement
): Promise<typeof gaps.$inferSelect> {
  const [row] = await database.orm
    .update(gaps)
    .set({
      acknowledgedUntil: until === null ? null : momentFrom(until, new Date()),
      acknowledgedBy: until === null ? '' : user
    })
    .where(eq(gaps.id, id))
    .returning()
  if (row === undefined) throw new ProxboxError('NOT_FOUND', { what: 'gap', id: `id ${id}` })
  return row
}

const isoMoment = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i
const remedy = 'Give a date to come, such as 2027-01-31 or 2027-01-31T12:00:00Z.'

/** Pure: a date ends with its last second, UTC. @throws ProxboxError FIELD_INVALID */
function momentFrom(text: string, now: Date): Date {
  const [, day, time, , , zone] = isoMoment.exec(text) ?? []
  const moment = new Date(
    time === undefined ? `${day}T23:59:59Z` : `${text}${zone === undefined ? 'Z' : ''}`
  )
  // JavaScript takes 30 February for 2 March.
  const isDay = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day ?? '') === true
  if (day === undefined || !isDay || Number.isNaN(moment.getTime()))
    throw new ProxboxError('FIELD_INVALID', {
      field: 'until',
      problem: `"${text}" is not a date.`,
      remedy
    })
  if (moment <= now)
    throw new ProxboxError('FIELD_INVALID', {
      field: 'until',
      problem: `${moment.toISOString()} is in the past.`,
      remedy
    })
  return moment
}
