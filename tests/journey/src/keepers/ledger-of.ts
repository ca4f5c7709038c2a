import { type Journey, listAll } from '../journey.ts'

interface ItemRow {
  readonly key: string
  readonly kind: string
  readonly netbox: string
  readonly netbox_id: number | null
  readonly origin: string
}

/** What an installation knows of the objects of one NetBox identity. */
export interface Ledger {
  /** Key → NetBox id. */
  readonly ids: ReadonlyMap<string, number>
  /** How many of them Proxbox has made itself. */
  readonly created: number
}

/**
 * The Ledgers of an installation, by identity, without what differs by rule: the tag that carries the identity is made by each
 * keeper, and a site is kept only by who has made it, for others it is only referred to.
 */
export async function ledgersOf(journey: Journey): Promise<ReadonlyMap<string, Ledger>> {
  const rows = await listAll<ItemRow>(journey, '/items/')
  const ledgers = new Map<string, Ledger>()
  for (const netbox of new Set(rows.map((row) => row.netbox))) {
    const known = rows
      .filter((row) => row.netbox === netbox && row.kind !== 'site')
      .filter((row) => !row.key.includes('proxbox-id-'))
    ledgers.set(netbox, {
      ids: new Map(
        known.flatMap((row) => (row.netbox_id === null ? [] : [[row.key, row.netbox_id]]))
      ),
      created: known.filter((row) => row.netbox_id !== null && row.origin === 'created').length
    })
  }
  return ledgers
}
