import {
  type CompleteEvent,
  type Counts,
  type ErrorFacts,
  errorFacts,
  ProxboxError,
  type ReportedError,
  sumOf
} from '@proxbox/contracts'
import type { RunResult } from '../runs/change-run.ts'

type Complete = CompleteEvent['data']

/** What the backend confirmed: how the attempt ended, and what it brought. */
export type AttemptResult =
  | {
      readonly outcome: 'succeeded' | 'degraded' | 'awaiting_approval'
      readonly result: RunResult
    }
  | { readonly outcome: 'failed'; readonly error: ErrorFacts; readonly result: RunResult }

/** From best to worst: several stages end as their worst one does. */
const ranks = ['succeeded', 'degraded', 'awaiting_approval'] as const

/** Pure: the `complete` of each call of an attempt (at least one), as one result. */
export function resultOf(
  completes: readonly Complete[],
  facts: { readonly endpoint: string; readonly skipped: readonly string[] }
): AttemptResult {
  const skipped = facts.skipped.map((step): ReportedError => {
    const error = new ProxboxError('BACKEND_INCAPABLE', {
      endpoint: facts.endpoint,
      capability: step
    })
    return { ...errorFacts(error) }
  })
  const errors = [...completes.flatMap((one) => one.errors), ...skipped]
  const result: RunResult = {
    counts: completes.reduce((sum, one) => addCounts(sum, one.result.counts), {}),
    gaps: completes.flatMap((one) => one.result.gaps),
    held: completes.reduce((sum, one) => sum + one.result.held, 0),
    plan: completes.find((one) => one.result.plan !== null)?.result.plan ?? null,
    errors,
    errorsTotal: completes.reduce((sum, one) => sum + one.errors_total, skipped.length)
  }
  const failed = completes.find((one) => !one.ok)
  if (failed !== undefined) return { outcome: 'failed', error: failureOf(failed, facts), result }
  const outcomes = completes.map((one) => ranks.find((rank) => rank === one.result.outcome))
  const odd = completes.find((_, index) => outcomes[index] === undefined)
  if (odd !== undefined) return { outcome: 'failed', error: failureOf(odd, facts), result }
  const worst = Math.max(
    skipped.length > 0 ? 1 : 0,
    ...outcomes.map((one) => (one === undefined ? 0 : ranks.indexOf(one)))
  )
  return { outcome: ranks[worst] ?? 'succeeded', result }
}

function failureOf(complete: Complete, { endpoint }: { endpoint: string }): ErrorFacts {
  const [first] = complete.errors
  const detail = complete.message === '' ? 'it gave no reason.' : complete.message
  return first ?? errorFacts(new ProxboxError('BACKEND_FAILED', { endpoint, detail }))
}

type CountsByKind = Readonly<Record<string, Counts>>

function addCounts(a: CountsByKind, b: CountsByKind): Record<string, Counts> {
  const sum: Record<string, Counts> = { ...a }
  for (const [kind, counts] of Object.entries(b)) {
    const old = sum[kind]
    sum[kind] = old === undefined ? counts : sumOf(old, counts)
  }
  return sum
}
