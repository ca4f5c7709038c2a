import { waitsUntil } from '@proxbox/contracts'
import type { DesiredOptions } from '../options.ts'
import type { Candidate } from './candidate.ts'

type Memory = Pick<DesiredOptions, 'now' | 'seenAddresses' | 'keptAddresses'>

/**
 * Pure: since when an address is seen that is not written yet; undefined: nothing keeps it from being
 * written. Privacy addresses change every day and would fill NetBox, so an IPv6 address that only the guest tells waits.
 * Where NetBox or the Ledger has the address, nothing new would be made, and it does not wait.
 */
export function waitingSince(
  { host, evidence }: Candidate,
  key: string,
  { now, seenAddresses, keptAddresses }: Memory,
  isInNetBox: boolean
): string | undefined {
  const isGuestsWord = evidence !== undefined && evidence.in_config !== 'yes'
  if (!host.includes(':') || !isGuestsWord || isInNetBox || keptAddresses?.has(key))
    return undefined
  const known = seenAddresses.get(key)
  // What was seen in the future was seen by a clock that was wrong: it must not wait for years.
  const since = known !== undefined && Date.parse(known) <= Date.parse(now) ? known : now
  return Date.parse(waitsUntil(since)) > Date.parse(now) ? since : undefined
}
