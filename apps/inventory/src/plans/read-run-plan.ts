import type { Database } from '@proxbox/database'
import { changeFrom } from '../changes/change-row.ts'
import { planMarkdown } from './plan-markdown.ts'
import { rowsOfRun } from './plan-pages.ts'
import { planSummary } from './plan-summary.ts'

export interface RunPlanQuery {
  readonly after?: number
  readonly limit?: number
  readonly format?: 'json' | 'md'
}

/**
 * The Plan of a Run, page by page: every Change, planned or held, with what became of it. `count` and `sha256` are over
 * those that would be written: planned, or held by a Guard that a person may overrule.
 */
export async function readRunPlan(database: Database, runId: string, query: RunPlanQuery) {
  const { after = 0, limit = 100, format = 'json' } = query
  const [summary, rows] = [
    await planSummary(database, runId),
    await rowsOfRun(database, { run_id: runId, after, limit })
  ]
  const page = {
    run_id: runId,
    sha256: summary.sha256,
    count: summary.count,
    held: summary.held,
    next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
    results: rows.map((row) => ({
      position: row.id,
      change: changeFrom(row),
      outcome: row.outcome,
      guard: row.guard,
      detail: row.detail
    }))
  }
  if (format === 'json') return page
  const { results: _, ...head } = page
  return { ...head, text: planMarkdown(page) }
}
