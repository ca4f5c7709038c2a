import type { Answer } from './run-scenario.ts'
import { type Scenario, valueAt } from './scenario.ts'

/** What is kept of an answer between runs. */
export interface RecordedAnswer {
  readonly step: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** All of a refusal, and of a good answer what the scenario looks at. */
export function recordedFrom(scenario: Scenario, answers: readonly Answer[]): RecordedAnswer[] {
  return answers.map(({ step, status, headers, body }, index) => {
    const { see = [], seeHeaders = [] } = scenario.steps[index] ?? {}
    const kept = status >= 400 ? body : see.length > 0 ? seenOf(body, see) : undefined
    return {
      step,
      status,
      ...(seeHeaders.length > 0 ? { headers } : {}),
      ...(kept === undefined ? {} : { body: kept })
    }
  })
}

function seenOf(body: unknown, paths: readonly string[]): Record<string, unknown> {
  // JSON knows no undefined, and null is something else.
  return Object.fromEntries(paths.map((path) => [path, valueAt(body, path) ?? missing(body, path)]))
}

function missing(body: unknown, path: string): unknown {
  return valueAt(body, path) === null ? null : '<missing>'
}
