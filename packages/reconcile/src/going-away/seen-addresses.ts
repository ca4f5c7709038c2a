import type { SeenAddresses } from '@proxbox/contracts'
import { wantedBy } from '../desired/desired-items.ts'
import type { Gaps } from '../guards/gaps.ts'
import type { Matching } from '../identity/matching.ts'
import { clusterOf, guestOf } from '../key-of.ts'
import type { Desired, DesiredOptions } from '../options.ts'
import type { Listed } from './listed.ts'

interface Facts {
  readonly options: DesiredOptions
  readonly matching: Matching
  readonly listed: Listed
  readonly gaps: Gaps
}

/** Pure: was the list that would name this address read whole? A guest that is gone tells nothing any more. */
function isListed(key: string, { matching, listed, gaps }: Facts): boolean {
  const owner = guestOf(key) ?? ''
  const guest = listed.guests.get(owner)
  if (gaps.hides({ key, kind: 'ip-address' })) return false
  if (guest === undefined) return listed.guestsWhole.has(clusterOf(key) ?? '')
  const isCompared = matching.desiredKeys.has(owner)
  return isCompared && guest.config !== undefined && guest.interfaces !== undefined
}

/** Pure: which addresses wait, and what is to be remembered of that: what was not read stays as it is known. */
export function seenAddresses({ addresses }: Desired, facts: Facts): SeenAddresses {
  const { options } = facts
  const { waiting, told } = addresses
  const known = options.seenAddresses
  const isAsked = wantedBy(options.syncTypes).addresses
  return {
    waiting: [...waiting],
    begun: waiting.filter(({ key, since }) => known.get(key) !== since),
    ended: isAsked
      ? [...known.keys()].filter((key) => !told.has(key) && isListed(key, facts)).sort()
      : []
  }
}
