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
  writtenBefore: null,
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
  const known = await objectsAt(tx, netbox, placed)
  const others = known.filter(({ isSame }) => !isSame)
  if (others.length > 0)
    await tx
      .update(items)
      .set(nothing)
      .where(inArray(items.id, idsOf(others)))
  // What the Ledger has under this key and this id is nowhere else.
  const settled = new Set(known.flatMap(({ key, isSame }) => (isSame ? [key] : [])))
  await leaveOldRows(
    tx,
    netbox,
    placed.filter(({ key }) => !settled.has(key))
  )
}

/** The rows of these keys, and whether each is the same object still. */
async function objectsAt(tx: Transaction, netbox: string, placed: readonly Placed[]) {
  const ids = new Map(placed.map(({ key, netbox_id }) => [key, netbox_id]))
  const rows = await tx
    .select({ id: items.id, key: items.key, netboxId: items.netboxId })
    .from(items)
    .where(and(eq(items.netbox, netbox), inArray(items.key, [...ids.keys()])))
  return rows.map(({ id, key, netboxId }) => ({
    id,
    key,
    isSame: netboxId === ids.get(key)
  }))
}

/** Deletes the rows of objects that have another key now. */
async function leaveOldRows(
  tx: Transaction,
  netbox: string,
  placed: readonly Placed[]
): Promise<void> {
  if (placed.length === 0) return
  const keys = new Map(placed.map(({ key, kind, netbox_id }) => [`${kind}/${netbox_id}`, key]))
  const there = await tx
    .select({ id: items.id, key: items.key, kind: items.kind, netboxId: items.netboxId })
    .from(items)
    .where(
      and(
        eq(items.netbox, netbox),
        inArray(items.kind, [...new Set(placed.map(({ kind }) => kind))]),
        inArray(
          items.netboxId,
          placed.flatMap(({ netbox_id }) => netbox_id ?? [])
        )
      )
    )
  const left = there.filter(({ key, kind, netboxId }) => {
    const now = keys.get(`${kind}/${netboxId}`)
    return now !== undefined && now !== key
  })
  if (left.length > 0) await tx.delete(items).where(inArray(items.id, idsOf(left)))
}

const idsOf = (rows: readonly { readonly id: number }[]): number[] => rows.map(({ id }) => id)
