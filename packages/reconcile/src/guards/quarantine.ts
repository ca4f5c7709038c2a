import {
  type Change,
  type CurrentItem,
  changeText,
  type Fields,
  fieldSpec,
  missedRemedy,
  type Quarantined
} from '@proxbox/contracts'
import { mendedIn } from '../required-fields.ts'
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

const reasonOf = ({ action, detail, failures, retry_at }: Quarantined): string => {
  const times = failures === 1 ? 'once' : `${failures} times`
  const said = `NetBox has refused exactly this ${times}: ${detail.replace(/\.$/, '')}.`
  const wait = `It is not sent again before ${retry_at}.`
  const remedy = missedRemedy({ action, detail })
  return remedy === undefined ? `${said} ${wait}` : `${said} ${wait} ${remedy}`
}

interface QuarantineFacts {
  readonly now: string
  readonly current: readonly CurrentItem[]
  /** What NetBox has under a NetBox key. */
  readonly object: (key: string) => CurrentItem | undefined
}

/**
 * Pure: what NetBox has refused is not sent again as it was before its pause is over; anything else that is to be sent
 * of the same object goes through, for it may be accepted, and so does what lacked a custom field that is mended.
 */
export function quarantined(
  changes: readonly Change[],
  refused: readonly Quarantined[],
  { now, current, object }: QuarantineFacts
): Guarded {
  const waiting = new Map(
    refused.filter((one) => Date.parse(now) < Date.parse(one.retry_at)).map((one) => [one.key, one])
  )
  if (waiting.size === 0) return { kept: changes, held: [] }
  const isMended = mendedIn(current, object)
  return parted(changes, 'quarantine', (change) => {
    const before = waiting.get(change.key)
    if (before === undefined || before.action !== change.action) return
    if (isMended(before, change)) return
    const sent = sentWith(change, before)
    const { key, action } = change
    if (text(key, action, sent) !== text(key, action, before.values)) return
    const whole = action !== 'update'
    const fields = whole ? {} : { fields: new Set(Object.keys(sent)) }
    return { code: 'ITEM_QUARANTINED', reason: reasonOf(before), ...fields }
  })
}
