import { errorFacts } from '@proxbox/contracts'
import type { Place } from './failure.ts'

/** NetBox is busy, in maintenance or away, and is asked again: told while that goes on, not when it has ended. */
export interface Trouble {
  readonly code: string
  /** A sentence for people: what it is, and until when it is tried. */
  readonly detail: string
}

export interface Pause {
  readonly failure: unknown
  /** When the call began that this is a pause of, by `now`. */
  readonly begunAt: number
  readonly triesLeft: number
  readonly pauseMs: number
  /** This pause and all that may follow. */
  readonly mostMs: number
}

// A restarted worker or a proxy's hiccup is over by then and is nobody's business.
const worthTellingMs = 2000

/**
 * Tells of a cause once, and again only when it outlasts what was told: four reads at once and every batch of a write
 * meet the same trouble.
 */
export function openTroubles(
  { endpoint }: Pick<Place, 'endpoint'>,
  now: () => number,
  tell: ((trouble: Trouble) => void) | undefined
): (pause: Pause) => void {
  const toldUntil = new Map<string, number>()
  return ({ failure, begunAt, triesLeft, pauseMs, mostMs }) => {
    const { code, detail } = errorFacts(failure)
    const at = now()
    if (at + pauseMs - begunAt < worthTellingMs || at < (toldUntil.get(code) ?? 0)) return
    toldUntil.set(code, at + mostMs)
    const times = triesLeft === 1 ? 'once more' : `up to ${triesLeft} times more`
    // Whole seconds, later rather than sooner; what NetBox takes to answer is not in it.
    const until = new Date(Math.ceil((at + mostMs) / 1000) * 1000).toISOString().replace('.000', '')
    const sentence = detail.replace(/\.?$/, '.')
    tell?.({
      code,
      detail: `${sentence} NetBox Endpoint ${endpoint} is asked ${times}, until about ${until}.`
    })
  }
}
