import type { LedgerRow, Plan } from '@proxbox/contracts'
import type { NetBox } from '@proxbox/netbox'
import type { Reporter } from '../backend/reporter.ts'
import { execute } from './execute.ts'
import type { Facts } from './facts.ts'
import { placesFrom } from './places.ts'
import type { Names } from './sentences.ts'

interface WriteParts {
  readonly netbox: NetBox
  readonly facts: Facts
  readonly reporter: Reporter
  readonly names: Pick<Names, 'netbox'>
  readonly ledger: readonly LedgerRow[]
}

/** Records what was found, then writes a Plan and shows how far it has come. */
export async function writePlan(
  plan: Plan,
  { ledger, ...parts }: WriteParts,
  signal: AbortSignal
): Promise<void> {
  await parts.facts.adopt(plan.adoptions)
  const total = writesIn(plan)
  let written = 0
  const onWritten = (objects: number) => {
    written += objects
    const text = `Written ${written} of ${total}`
    parts.reporter.progress('netbox', Math.min(written, total), total, text)
  }
  await execute(plan, { ...parts, places: placesFrom(ledger, plan), onWritten }, signal)
}

/** Pure: how many objects the steps write; an interface that brings its MAC counts twice. */
const writesIn = (plan: Plan): number =>
  plan.steps
    .flatMap((step) => step.entries)
    .reduce((sum, entry) => sum + (entry.with_mac === undefined ? 1 : 2), 0)
