import type { Bus } from '@proxbox/bus'
import type { NetBoxIdentity } from '@proxbox/contracts'
import { and, type Database, eq } from '@proxbox/database'
import type { Static } from 'typebox'
import { type RunRow, runs } from '../db/schema.ts'

interface Parts {
  readonly database: Database
  readonly bus: Pick<Bus, 'ask'>
}

/**
 * Since the Run was queued, its NetBox may have got another identity: a person has decided that it is another Endpoint's,
 * or it turned out to be a new copy. The lease of this attempt is then for the wrong one; the next attempt takes the right
 * one.
 *
 * @returns whether it is another one
 */
export async function takeIdentity(
  row: RunRow,
  { database, bus }: Parts,
  signal: AbortSignal
): Promise<boolean> {
  const { netbox } = await bus.ask<Static<typeof NetBoxIdentity>>(
    'identifyNetBox',
    { body: { netbox_endpoint_id: row.netboxEndpointId, found: null } },
    signal
  )
  if (netbox === row.netbox) return false
  await database.orm
    .update(runs)
    .set({ netbox })
    .where(and(eq(runs.id, row.id), eq(runs.attempt, row.attempt)))
  return true
}
