import { and, eq, inArray, type Transaction } from '@proxbox/database'
import { items } from '../db/schema.ts'

interface Placed {
  readonly key: string
  readonly kind: string
  readonly netbox_id: number | null
}

const nothing = {
  lastWritten: {},
  evidence: {},
  sources: null,
  matchedBy: null,
  kept: null,
  drifts: null,
  firstMissingAt: null
}

/**
 * Makes room for what the Ledger learns: an Item that is another object of NetBox now (made again, found elsewhere) has
 * nothing of what was written to the old one, and an object is one Item: a guest that got another key leaves its old row.
 */
export async function oneObjectEach(
  tx: Transaction,
  netbox: string,
  rows: readonly Placed[]
): Promise<void> {
  const placed = rows.filter(({ netbox_id }) => netbox_id !== null)
  if (placed.length === 0) return
  const idByKey = new Map(placed.map(({ key, netbox_id }) => [key, netbox_id]))
  const keyByObject = new Map(
    placed.map(({ key, kind, netbox_id }) => [`${kind}/${netbox_id}`, key])
  )
  const columns = { id: items.id, key: items.key, kind: items.kind, netboxId: items.netboxId }
  const known = await tx
    .select(columns)
    .from(items)
    .where(and(eq(items.netbox, netbox), inArray(items.key, [...idByKey.keys()])))
  const others = known.filter(
    (row) => row.netboxId !== null && row.netboxId !== idByKey.get(row.key)
  )
  if (others.length > 0)
    await tx
      .update(items)
      .set(nothing)
      .where(inArray(items.id, idsOf(others)))
  const there = await tx
    .select(columns)
    .from(items)
    .where(
      and(
        eq(items.netbox, netbox),
        inArray(items.kind, [...new Set(placed.map(({ kind }) => kind))]),
        inArray(
          items.netboxId,
          [...idByKey.values()].filter((id) => id !== null)
        )
      )
    )
  const left = there.filter(({ key, kind, netboxId }) => {
    const now = keyByObject.get(`${kind}/${netboxId}`)
    return now !== undefined && now !== key
  })
  if (left.length > 0) await tx.delete(items).where(inArray(items.id, idsOf(left)))
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)
