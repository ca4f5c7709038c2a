import { type Change, missedRemedy, type Outcome } from '@proxbox/contracts'
import type { Reporter } from '../backend/reporter.ts'
import type { Facts } from './facts.ts'
import { type Names, objectSentence } from './sentences.ts'

export interface ReportParts {
  readonly facts: Pick<Facts, 'record'>
  readonly reporter: Reporter
  readonly names: Pick<Names, 'netbox'>
  /** Called with the number of written objects. */
  readonly onWritten: (objects: number) => void
  /** Keys that this Run created: nobody else can have changed them yet. */
  readonly created: ReadonlySet<string>
  /** Keys of updates that were counted. */
  readonly updated: Set<string>
}

const counted = { create: 'created', update: 'updated', delete: 'deleted' } as const

/** Objects are counted, not writes: a late field of what this Run created or updated is part of that. */
function countDone(change: Change, { created, updated, reporter }: ReportParts): void {
  if (change.action === 'update') {
    if (created.has(change.key) || updated.has(change.key)) return
    updated.add(change.key)
  }
  reporter.count(change.kind, counted[change.action])
}

/** Stores outcomes and tells people: done ones as counts, all others as warnings. */
export async function reportOutcomes(
  outcomes: readonly Outcome[],
  parts: ReportParts
): Promise<void> {
  if (outcomes.length === 0) return
  await parts.facts.record(outcomes)
  for (const outcome of outcomes) {
    const { change, state } = outcome
    if (state === 'done') {
      countDone(change, parts)
      continue
    }
    const code = state === 'moved' ? 'ITEM_MOVED' : 'ITEM_REFUSED'
    parts.reporter.refuse()
    parts.reporter.warn({
      step: change.kind,
      code,
      disposition: 'stop',
      rowid: change.label,
      detail: objectSentence(
        { label: change.label, code, detail: whyNot(outcome), ...remedyOf(outcome) },
        parts.names
      )
    })
  }
  const done = outcomes.filter((outcome) => outcome.state === 'done')
  parts.onWritten(done.length)
}

/** Pure: what is left out because of another object follows when that one is there: there is nothing to correct in it. */
function remedyOf({ change, state, detail }: Outcome): { remedy?: string } {
  if (state === 'skipped') return { remedy: 'The next Run looks at it again.' }
  const remedy = state === 'refused' ? missedRemedy({ action: change.action, detail }) : undefined
  return remedy === undefined ? {} : { remedy }
}

function whyNot({ change, state, detail }: Outcome): string {
  const what = `${change.kind} ${change.label}`
  const text = detail.replace(/\.$/, '')
  if (state === 'refused') return `${what} was refused: ${text}.`
  // Of an object that is in NetBox only these fields are missing.
  const fields = change.action === 'update' && state === 'skipped' ? Object.keys(change.after) : []
  if (fields.length === 0) return `${what} was left out: ${text}.`
  const verb = fields.length === 1 ? 'was' : 'were'
  return `${fields.join(', ')} of ${what} ${verb} left out: ${text}.`
}
