import { type Fields, type KindName, kindNames, type LedgerRow } from '@proxbox/contracts'
import { type Case, estatesOf, randomsFrom } from './cases.ts'
import { Session } from './session.ts'
import { Store } from './store.ts'

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
function editSome(
  { store, inventory }: Session,
  tag: string,
  random: () => number
): Map<string, Fields> {
  const edited = new Map<string, Fields>()
  const all = Object.groupBy(store.read(kindNames.filter((kind) => kind in edits)), idOf)
  for (const row of inventory.ledger.values()) {
    const fields = random() < 0.4 ? edits[row.kind]?.(row.netbox_id) : undefined
    if (fields === undefined) continue
    const tags = all[idOf(row)]?.[0]?.fields.tags
    const values = { ...fields, tags: [...(Array.isArray(tags) ? tags : []), { ref: tag }] }
    store.update(row.kind, [{ id: row.netbox_id, fields: values }])
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

/** What a person wrote or added stays. @throws Error that names what did not */
export async function handsOff(one: Case): Promise<void> {
  const [before, after] = await estatesOf(one)
  const session = new Session(Store.fresh(one.version))
  session.sync(before)
  const { store, inventory } = session
  const [tag] = store.create('tag', [{ fields: { name: 'Hand', slug: 'hand' } }])
  if (tag === undefined) throw new Error('no tag')
  const edited = editSome(session, tag.key, randomsFrom(one.faults))
  const [foreign] = store.create('vm', [
    { fields: { name: 'not ours', site: { ref: 'netbox:site/1' }, tags: [{ ref: tag.key }] } }
  ])
  for (const seen of [before, after, after]) session.sync(seen)
  const kinds = [...new Set([...inventory.ledger.values()].map(({ kind }) => kind))]
  const objects = new Map(
    store
      .read([...new Set([...kinds, 'vm' as const])])
      .map((item) => [`${item.kind}/${item.netbox_id}`, item.fields])
  )
  mustHold(objects.get(`vm/${foreign?.netbox_id}`), 'a VM of a person', { name: 'not ours' })
  for (const [id, values] of edited) mustHold(objects.get(id), id, values)
}
