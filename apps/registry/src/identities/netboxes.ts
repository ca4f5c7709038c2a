import type { NetBoxIdentity } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import type { Static } from 'typebox'
import { netboxEndpoints } from '../db/schema.ts'
import type { NetBoxRow } from '../endpoints/netbox.ts'
import { notFound } from '../endpoints/not-found.ts'
import type { EndpointStore } from '../endpoints/store.ts'
import { newId } from './new-id.ts'
import {
  answerOn,
  identityTagsIn,
  type TakeOverDecision,
  verdictOnNetBox
} from './recognise-netbox.ts'

/**
 * The identity whose Ledger and lease a NetBox Endpoint uses; `found` are the identity tags that its NetBox carries. They
 * are remembered: a decision about them comes later.
 *
 * @throws ProxboxError NOT_FOUND
 */
export async function identifyNetBox(
  database: Database,
  installation: string,
  request: { netbox_endpoint_id: number; found: string[] | null }
): Promise<Static<typeof NetBoxIdentity>> {
  return await database.transaction(async (tx) => {
    const rows = await tx.select().from(netboxEndpoints).for('update')
    const own = rows.find((row) => row.id === request.netbox_endpoint_id)
    if (own === undefined) throw notFound('NetBoxEndpoint', request.netbox_endpoint_id)
    const others = rows.filter((row) => row !== own)
    const verdict = verdictOnNetBox({ installation, own, others, found: request.found })
    if (request.found !== null)
      await tx
        .update(netboxEndpoints)
        .set({
          foundTags: identityTagsIn(request.found),
          identitySeen: own.identitySeen || verdict.isSeen
        })
        .where(eq(netboxEndpoints.id, own.id))
    const { tag, refused, remedy } = verdict
    return { netbox: own.identity, tag, installation, refused, remedy }
  })
}

/**
 * Stores a person's answer to a refusal: the same server as another Endpoint, a copy, or taken over.
 *
 * @throws ProxboxError NOT_FOUND; CONFLICT when the answer fits nothing that was found
 */
export async function takeOverNetBox(
  store: EndpointStore<'netbox'>,
  installation: string,
  request: { id: number; decision: TakeOverDecision }
): Promise<NetBoxRow> {
  return await store.decide(request.id, (own, others) => {
    const facts = { installation, own, others, found: own.foundTags }
    const { ignoredTags, ...columns } = answerOn(request.decision, facts, () => newId('b'))
    return { ...columns, ...(ignoredTags === undefined ? {} : { ignoredTags: [...ignoredTags] }) }
  })
}
