import {
  type Change,
  changeText,
  type Fields,
  fieldSpec,
  type Quarantined
} from '@proxbox/contracts'
import type { Guarded } from './guard.ts'
import { parted } from './parted.ts'

const text = (key: string, action: Change['action'], after: Fields): string =>
  changeText({ key, action, before: {}, after })

/** Pure: the fields of a Change that were sent together with the refused ones: late fields travel by themselves. */
function sentWith(change: Change, { values }: Quarantined): Fields {
  const isLate = (field: string) => fieldSpec(change.kind, field)?.late === true
  const refused = Object.keys(values)
  const late = refused.length > 0 && refused.every(isLate)
  return Object.fromEntries(
    Object.entries(change.after).filter(([field]) => field in values || isLate(field) === late)
  )
}

const reasonOf = ({ detail, failures, retry_at }: Quarantined): string => {
  const times = failures === 1 ? 'once' : `${failures} times`
  return `NetBox has refused exactly this ${times}: ${detail.replace(/\.$/, '')}. It is not sent again before ${retry_at}.`
}

/**
 * Pure: what NetBox has refused is not sent again as it was before its pause is over; anything else that is to be sent
 * of the same object goes through, for it may be accepted.
 */
export function quarantined(
  changes: readonly Change[],
  refused: readonly Quarantined[],
  now: string
): Guarded {
  const waiting = new Map(
    refused
      .filter(({ retry_at }) => Date.parse(now) < Date.parse(retry_at))
      .map((one) => [one.key, one])
  )
  if (waiting.size === 0) return { kept: changes, held: [] }
  return parted(changes, 'quarantine', (change) => {
    const before = waiting.get(change.key)
    if (before === undefined || before.action !== change.action) return
    const sent = sentWith(change, before)
    const { key, action } = change
    if (text(key, action, sent) !== text(key, action, before.values)) return
    const whole = action !== 'update'
    const fields = whole ? {} : { fields: new Set(Object.keys(sent)) }
    return { code: 'ITEM_QUARANTINED', reason: reasonOf(before), ...fields }
  })
}
