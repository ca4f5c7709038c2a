import type { Transaction } from '@proxbox/database'
import { removeAbsent } from '../items/absent-items.ts'
import { type Spell, spellRow } from './feed-row.ts'
import { tell } from './tell.ts'

/** What has ended without a Run: whose it was, and the Run that had begun it. */
export interface Ended {
  readonly netbox: string
  readonly run_id: string
  readonly spell: Spell
}

/** Tells the change feed what has ended, of whichever NetBox. What was an Item for that alone is none any more. */
export async function tellEnded(tx: Transaction, ended: readonly Ended[]): Promise<void> {
  for (const [netbox, rows] of Map.groupBy(ended, (row) => row.netbox))
    await removeAbsent(
      tx,
      netbox,
      rows.map(({ spell }) => spell)
    )
  await tell(
    tx,
    ended.map(({ spell, ...source }) => spellRow(spell, source))
  )
}
