import type { NetBoxVersion } from '@proxbox/simulator/netbox'
import { Session, type SessionOptions } from './session.ts'
import type { NetBoxSide } from './sides/netbox-side.ts'
import { Store } from './sides/store.ts'

/** Where a law is tried: how it gets a NetBox that holds nothing but a site, and what is broken on purpose. */
export interface Bench {
  /** Cases per law. */
  readonly numRuns: number
  readonly name: string
  session(version: NetBoxVersion, options?: SessionOptions): Promise<Session>
}

/** The simulator's state without sockets. */
export const inProcess: Bench = {
  numRuns: 500,
  name: 'in process',
  session: async (version, options = {}) => new Session(Store.fresh(version), options)
}

/** One NetBox behind its API, emptied before each case; its version is the only one there is. */
export const benchOver = (
  name: string,
  { numRuns, side, batch }: { numRuns: number; side: NetBoxSide; batch?: number }
): Bench => ({
  numRuns,
  name,
  session: async (_, options = {}) => {
    await side.empty()
    return new Session(side, { ...(batch === undefined ? {} : { batch }), ...options })
  }
})
