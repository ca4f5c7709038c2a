import type { NetBoxIdentity } from '@proxbox/contracts'
import { type Database, eq, type Transaction } from '@proxbox/database'
import type { Static } from 'typebox'
import { netboxEndpoints } from '../db/schema.ts'
import { isElsewhere, type NetBoxRow } from '../endpoints/netbox.ts'
import { notFound } from '../endpoints/not-found.ts'
import type { EndpointStore } from '../endpoints/store.ts'
import { newId } from './new-id.ts'
import {
  answerOn,
  formerIdentityIn,
  identityTagsIn,
  isCopiedAgain,
  type TakeOverDecision,
  verdictOnNetBox
} from './recognise-netbox.ts'

/**
 * The identity whose Ledger and lease a NetBox Endpoint uses; `found` are the identity tags that its NetBox carries. They
 * are remembered: a decision about them comes later. A copy that was made once more gets a new identity, a NetBox that
 * was kept before and whose Endpoint was removed the one that it had.
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
    const stored = rows.find((row) => row.id === request.netbox_endpoint_id)
    if (stored === undefined) throw notFound('NetBoxEndpoint', request.netbox_endpoint_id)
    const facts = {
      installation,
      others: rows.filter((row) => row !== stored),
      found: request.found
    }
    const own = isCopiedAgain({ ...facts, own: stored })
      ? await beginAnew(tx, stored)
      : await comeBack(tx, stored, formerIdentityIn({ ...facts, own: stored }))
    const verdict = verdictOnNetBox({ ...facts, own })
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

/** A new identity, whose Ledger is empty, for all Endpoints that share this one's. */
async function beginAnew(tx: Transaction, own: NetBoxRow): Promise<NetBoxRow> {
  const anew = { identity: newId('b'), identitySeen: false }
  await tx.update(netboxEndpoints).set(anew).where(eq(netboxEndpoints.identity, own.identity))
  return { ...own, ...anew }
}

/** With its former identity, where it has one, an Endpoint finds Ledger and decisions again. */
async function comeBack(
  tx: Transaction,
  own: NetBoxRow,
  identity: string | undefined
): Promise<NetBoxRow> {
  if (identity === undefined) return own
  await tx.update(netboxEndpoints).set({ identity }).where(eq(netboxEndpoints.id, own.id))
  return { ...own, identity }
}

/**
 * Stores what a person changes about an Endpoint. At another address, one that shares its identity as the same server as
 * another is no longer known to be that.
 *
 * @throws FieldErrors when the name is taken; ProxboxError NOT_FOUND
 */
export const updateNetBox = (
  store: EndpointStore<'netbox'>,
  id: number,
  columns: Partial<typeof netboxEndpoints.$inferInsert>
): Promise<NetBoxRow> =>
  store.decide(id, (own, others) => {
    const isShared = others.some(({ identity }) => identity === own.identity)
    const isParted = isShared && isElsewhere(own, { ...own, ...columns })
    return isParted ? { ...columns, identity: newId('b'), identitySeen: false } : columns
  })

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
