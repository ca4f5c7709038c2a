import type { Bus } from '@proxbox/bus'
import type {
  Adoption,
  Change,
  Gap,
  HeldChange,
  Intent,
  NamedConflict,
  Outcome,
  SeenAddresses
} from '@proxbox/contracts'
import type { LeaseClaim } from '../lease/lease.ts'
import { pagesOf } from './fact-pages.ts'
import { openRemembered, type Remembered } from './remembered.ts'

/** The inventory as one Run of one NetBox sees it: what is known, and where facts go, in pages. */
export interface Facts extends Remembered {
  /**
   * @param ended `last`: nothing that is not named is in conflict any more; `settled`: keys of clusters that are what
   * they were
   */
  recordConflicts(
    conflicts: readonly NamedConflict[],
    ended: { readonly last: boolean; readonly settled: readonly string[] }
  ): Promise<void>
  /**
   * @param lookedAt ids of clusters and names of Endpoints: gaps of them that are not named are over
   * @returns `gapKey` of those that a person has acknowledged for now
   */
  recordGaps(gaps: readonly Gap[], lookedAt: readonly string[]): Promise<string[]>
  /** Addresses that wait, and those that are told no more: nothing is asked of the inventory where neither is new. */
  recordSeenAddresses(seen: SeenAddresses): Promise<void>
  /** Keys that are wanted no more. @returns how many of them have left quarantine */
  recordUnwanted(keys: readonly string[]): Promise<number>
  announce(intents: readonly Intent[]): Promise<void>
  record(outcomes: readonly Outcome[]): Promise<void>
  adopt(adoptions: readonly Adoption[]): Promise<void>
  storePlan(changes: readonly Change[], held: readonly HeldChange[]): Promise<void>
  recordItems(
    items: readonly { key: string; kind: string; label: string; fields: Record<string, unknown> }[]
  ): Promise<{ created: number; updated: number; unchanged: number }>
}

// A page of 500 rows takes the inventory about 50 ms; one that takes a hundred times that was lost with its process.
const postTimeoutMs = 5000

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
  const postPages = async <T, R>(
    operationId: string,
    rows: readonly T[],
    body: (page: T[], last: boolean) => object
  ): Promise<R[]> => {
    const pages = pagesOf(rows)
    const replies: R[] = []
    for (const [index, page] of (pages.length === 0 ? [[]] : pages).entries())
      replies.push(await post<R>(operationId, body(page, index >= pages.length - 1)))
    return replies
  }
  return {
    ...openRemembered(bus, netbox, signal),
    async recordConflicts(conflicts, { last, settled }) {
      await postPages('recordConflicts', conflicts, (page, isLast) => ({
        conflicts: page,
        last: last && isLast,
        settled: isLast ? settled : []
      }))
    },
    async recordGaps(gaps, lookedAt) {
      const replies = await postPages<Gap, { acknowledged: string[] }>(
        'recordGaps',
        gaps,
        (page, last) => ({ gaps: page, clusters: lookedAt, last })
      )
      return replies.flatMap(({ acknowledged }) => acknowledged)
    },
    async recordSeenAddresses({ begun, ended }) {
      for (const page of pagesOf(begun))
        await post('recordSeenAddresses', { begun: page, ended: [] })
      for (const page of pagesOf(ended))
        await post('recordSeenAddresses', { begun: [], ended: page })
    },
    async recordUnwanted(keys) {
      let released = 0
      for (const page of pagesOf(keys))
        released += (await post<{ released: number }>('recordUnwanted', { keys: page })).released
      return released
    },
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
