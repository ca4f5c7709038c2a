import { sql, type Transaction } from '@proxbox/database'
import { deleteReleased, type Released } from '../retention/delete-released.ts'
import { spellOf } from './held-items.ts'

/** Nothing is held at NetBoxes that are not in use any more: no Run would write it. @returns how many, of a batch */
export const endReleasedHeld = (tx: Transaction, released: Released): Promise<number> =>
  deleteReleased(
    tx,
    {
      table: sql`inventory.held_item`,
      since: sql`since`,
      spellOf: (row) => spellOf(row, 'ends')
    },
    released
  )
