import { sql, type Transaction } from '@proxbox/database'
import { deleteReleased, type Released } from '../retention/delete-released.ts'
import { spellOf } from './quarantine.ts'

/** What NetBoxes have refused that are not in use any more is sent to nobody. @returns how many, of a batch */
export const endReleasedQuarantine = (tx: Transaction, released: Released): Promise<number> =>
  deleteReleased(
    tx,
    {
      table: sql`inventory.quarantine`,
      since: sql`created`,
      // The Run that refused it last may have refused it before and ended that: the moment tells the two apart.
      spellOf: (row) => ({ ...spellOf(row, 'ends'), of: row.began })
    },
    released
  )
