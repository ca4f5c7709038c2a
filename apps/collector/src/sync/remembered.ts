import type { Bus } from '@proxbox/bus'
import {
  type Change,
  type DecisionRule,
  factLimits,
  type Intent,
  type LedgerRow,
  type Quarantined,
  type SeenAddress
} from '@proxbox/contracts'

/** What inventory and registry remember of one NetBox, whole. */
export interface Remembered {
  readLedger(): Promise<LedgerRow[]>
  readIntents(): Promise<Intent[]>
  readQuarantine(): Promise<Quarantined[]>
  readDecisions(): Promise<DecisionRule[]>
  readSeenAddresses(): Promise<SeenAddress[]>
  /** The Changes that wait in a Run's Plan, in their order. */
  readPlan(runId: string): Promise<Change[]>
  /** The Changes that a Run has written, with their before-images, in their order. */
  readApplied(runId: string): Promise<Change[]>
}

const timeoutMs = 20_000
const rowsPerPage = 5000

export function openRemembered(
  bus: Pick<Bus, 'ask'>,
  netbox: string,
  signal: AbortSignal
): Remembered {
  const readAll = async <T, C extends string | number>(
    operationId: string,
    query: Record<string, unknown>
  ): Promise<T[]> => {
    const rows: T[] = []
    let after: C | null | undefined
    do {
      const asked = { ...query, ...(after === undefined ? {} : { after }) }
      const page: { results: T[]; next: C | null } = await bus.ask(
        operationId,
        { query: asked, timeoutMs },
        signal
      )
      for (const row of page.results) rows.push(row)
      if (page.next === after) throw new Error(`${operationId}: a page leads to itself`)
      after = page.next
    } while (after !== null)
    return rows
  }
  const readChanges = async (operationId: string, runId: string): Promise<Change[]> => {
    const query = { run_id: runId, limit: factLimits.rows }
    const rows = await readAll<{ change: Change }, number>(operationId, query)
    return rows.map((row) => row.change)
  }
  const ofNetBox = <T>(operationId: string) =>
    readAll<T, string>(operationId, { netbox, limit: rowsPerPage })
  return {
    readLedger: () => ofNetBox<LedgerRow>('readLedger'),
    readIntents: () => ofNetBox<Intent>('readIntents'),
    readQuarantine: () => ofNetBox<Quarantined>('readQuarantine'),
    readSeenAddresses: () => ofNetBox<SeenAddress>('readSeenAddresses'),
    readDecisions: async () => {
      const query = { netbox }
      const page = await bus.ask<{ results: DecisionRule[] }>('readDecisions', { query }, signal)
      return page.results
    },
    readPlan: (runId) => readChanges('readPlanPage', runId),
    readApplied: (runId) => readChanges('readAppliedPage', runId)
  }
}
