import type { NetBoxIdentity } from '@proxbox/contracts'
import { type Database, eq } from '@proxbox/database'
import type { Static } from 'typebox'
import { netboxEndpoints } from '../db/schema.ts'
import { notFound } from '../endpoints/list-page.ts'
import { verdictOnNetBox } from './recognise-netbox.ts'

/** The identity whose Ledger and lease a NetBox Endpoint uses; `found` are the identity tags that its NetBox carries. */
export async function identifyNetBox(
  database: Database,
  installation: string,
  request: { netbox_endpoint_id: number; found: string[] | null }
): Promise<Static<typeof NetBoxIdentity>> {
  return await database.transaction(async (tx) => {
    const rows = await tx.select().from(netboxEndpoints).for('update')
    const own = rows.find((row) => row.id === request.netbox_endpoint_id)
    if (own === undefined) throw notFound('NetBoxEndpoint', request.netbox_endpoint_id)
    const verdict = verdictOnNetBox({
      installation,
      own,
      others: rows.filter((row) => row !== own),
      found: request.found
    })
    if (verdict.isSeen)
      await tx
        .update(netboxEndpoints)
        .set({ identitySeen: true })
        .where(eq(netboxEndpoints.id, own.id))
    return { netbox: own.identity, tag: verdict.tag, installation, refused: verdict.refused }
  })
}
