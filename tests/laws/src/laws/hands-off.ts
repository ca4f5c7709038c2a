import { type Fields, type KindName, kindNames, type LedgerRow } from '@proxbox/contracts'
import { estatesOf, randomsFrom } from '../cases.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'

/** What a person writes into an object of a kind: nothing that Proxmox measures. */
const edits: Partial<Record<KindName, (id: number) => Fields>> = {
  cluster: (id) => ({ name: `hand ${id}`, comments: 'by hand', description: 'by hand' }),
  device: (id) => ({ name: `hand ${id}`, serial: 'S1', comments: 'by hand', status: 'planned' }),
  interface: () => ({ description: 'by hand' }),
  vm: (id) => ({ name: `hand ${id}`, comments: 'by hand', status: 'planned', serial: 'S1' }),
  'vm-interface': (id) => ({ name: `hand ${id}`, description: 'by hand' }),
  'ip-address': () => ({ dns_name: 'hand.example.org', description: 'by hand', status: 'dhcp' }),
  disk: () => ({ tags: [] }),
  'mac-address': () => ({ description: 'by hand' })
}

const idOf = (row: Pick<LedgerRow, 'kind' | 'netbox_id'>) => `${row.kind}/${row.netbox_id}`

/** A person edits some objects, each with the tag; gives back what was written where. */
async function editSome(
  { netbox, inventory }: Session,
  tag: string,
  random: () => number
): Promise<Map<string, Fields>> {
  const edited = new Map<string, Fields>()
  const all = Object.groupBy(await netbox.read(kindNames.filter((kind) => kind in edits)), idOf)
  for (const row of inventory.ledger.values()) {
    const fields = random() < 0.4 ? edits[row.kind]?.(row.netbox_id) : undefined
    if (fields === undefined) continue
    const tags = all[idOf(row)]?.[0]?.fields.tags
    const values = { ...fields, tags: [...(Array.isArray(tags) ? tags : []), { ref: tag }] }
    await netbox.update(row.kind, [{ id: row.netbox_id, fields: values }])
    edited.set(idOf(row), values)
  }
  return edited
}

function mustHold(now: Fields | undefined, id: string, values: Fields): void {
  if (now === undefined) throw new Error(`${id} is gone`)
  for (const [field, value] of Object.entries(values)) {
    const mine = Array.isArray(value) ? JSON.stringify(value.at(-1)) : JSON.stringify(value)
    const held = JSON.stringify(now[field]) ?? ''
    const has = Array.isArray(value) ? held.includes(mine) : held === mine
    if (!has) throw new Error(`${id}.${field}: ${held}`)
  }
}

/** What a person wrote or added stays. */
export const handsOff: Law = {
  name: 'Hands off',
  holds: async (one, bench) => {
    const [before, after] = await estatesOf(one)
    const session = await bench.session(one.version)
    await session.foresee(before)
    await session.sync(before)
    const { netbox, inventory } = session
    const [tag] = await netbox.create('tag', [{ fields: { name: 'Hand', slug: 'hand' } }])
    const [site] = await netbox.read(['site'])
    if (tag === undefined || site === undefined) throw new Error('no tag, or no site')
    const edited = await editSome(session, tag.key, randomsFrom(one.faults))
    const [foreign] = await netbox.create('vm', [
      { fields: { name: 'not ours', site: { ref: site.key }, tags: [{ ref: tag.key }] } }
    ])
    for (const seen of [before, after, after]) await session.sync(seen)
    const kinds = [...new Set([...inventory.ledger.values()].map(({ kind }) => kind))]
    const objects = new Map(
      (await netbox.read([...new Set([...kinds, 'vm' as const])])).map((item) => [
        `${item.kind}/${item.netbox_id}`,
        item.fields
      ])
    )
    mustHold(objects.get(`vm/${foreign?.netbox_id}`), 'a VM of a person', { name: 'not ours' })
    for (const [id, values] of edited) mustHold(objects.get(id), id, values)
  }
}
