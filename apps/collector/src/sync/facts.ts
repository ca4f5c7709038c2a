import type { Bus } from '@proxbox/bus'
import {
  type Adoption,
  type Change,
  factLimits,
  type HeldChange,
  type Intent,
  type LedgerRow,
  type Outcome
} from '@proxbox/contracts'
import type { LeaseClaim } from '../lease/lease.ts'

/** The inventory as one Run of one NetBox sees it: what is known, and where facts go, in pages (DESIGN §3). */
export interface Facts {
  readLedger(): Promise<LedgerRow[]>
  readIntents(): Promise<Intent[]>
  readPlan(runId: string): Promise<Change[]>
  announce(intents: readonly Intent[]): Promise<void>
  record(outcomes: readonly Outcome[]): Promise<void>
  adopt(adoptions: readonly Adoption[]): Promise<void>
  storePlan(changes: readonly Change[], held: readonly HeldChange[]): Promise<void>
  recordItems(
    items: readonly { key: string; kind: string; label: string; fields: Record<string, unknown> }[]
  ): Promise<{ created: number; updated: number; unchanged: number }>
}

const factTimeoutMs = 20_000
const ledgerPage = 5000
// A page of 500 rows takes the inventory about 50 ms; one that takes a hundred times that was lost with its process.
const postTimeoutMs = 5000

/** Pure: rows in pages of at most 500 rows and 256 KiB; one row that is larger stands alone. */
function pagesOf<T>(rows: readonly T[]): T[][] {
  const pages: T[][] = []
  let bytes = 0
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row)) + 1
    const page = pages.at(-1)
    if (page === undefined || page.length >= factLimits.rows || bytes + size > factLimits.bytes) {
      pages.push([row])
      bytes = size
    } else {
      page.push(row)
      bytes += size
    }
  }
  return pages
}

/**
 * @param bus asks again after a restart of the inventory: facts are kept by what they describe, so telling them twice does no
 * harm
 * @param signal ends what waits for the inventory: a Run that has lost its lease has nothing to tell it
 */
export function openFacts(
  bus: Pick<Bus, 'ask'>,
  { claim, netbox }: { readonly claim: LeaseClaim; readonly netbox: string },
  signal: AbortSignal
): Facts {
  const writer = { netbox, run_id: claim.runId, attempt: claim.attempt }
  const post = <T>(operationId: string, body: object) =>
    bus.ask<T>(operationId, { body: { ...writer, ...body }, timeoutMs: postTimeoutMs }, signal)
  const readAll = async <T, C extends string | number>(
    operationId: string,
    query: Record<string, unknown>
  ): Promise<T[]> => {
    const rows: T[] = []
    let after: C | null | undefined
    do {
      const page: { results: T[]; next: C | null } = await bus.ask(
        operationId,
        {
          query: { ...query, ...(after === undefined ? {} : { after }) },
          timeoutMs: factTimeoutMs
        },
        signal
      )
      for (const row of page.results) rows.push(row)
      if (page.next === after) throw new Error(`${operationId}: a page leads to itself`)
      after = page.next
    } while (after !== null)
    return rows
  }
  return {
    readLedger: () => readAll<LedgerRow, string>('readLedger', { netbox, limit: ledgerPage }),
    readIntents: () => readAll<Intent, string>('readIntents', { netbox, limit: ledgerPage }),
    readPlan: async (runId) =>
      (
        await readAll<{ change: Change }, number>('readPlanPage', {
          run_id: runId,
          limit: factLimits.rows
        })
      ).map((row) => row.change),
    async announce(intents) {
      for (const page of pagesOf(intents)) await post('recordIntents', { intents: page })
    },
    async record(outcomes) {
      for (const page of pagesOf(outcomes)) await post('recordOutcomes', { outcomes: page })
    },
    async adopt(adoptions) {
      for (const page of pagesOf(adoptions)) await post('recordAdoptions', { adoptions: page })
    },
    async storePlan(changes, held) {
      const pages = [
        ...pagesOf(changes).map((page) => ({ changes: page, held: [] })),
        ...pagesOf(held).map((page) => ({ changes: [], held: page }))
      ]
      const all = pages.length === 0 ? [{ changes: [], held: [] }] : pages
      for (const [page, body] of all.entries()) await post('storePlanPage', { page, ...body })
    },
    async recordItems(items) {
      const total = { created: 0, updated: 0, unchanged: 0 }
      for (const page of pagesOf(items)) {
        const counts = await post<typeof total>('recordItems', { items: page })
        total.created += counts.created
        total.updated += counts.updated
        total.unchanged += counts.unchanged
      }
      return total
    }
  }
}
