import { sql, type Transaction } from '@proxbox/database'
import { forgetSeen } from './seen-addresses.ts'

/**
 * Which keys a part's key lies under: its interface (of a MAC or an address), its guest, its node. An interface of a
 * guest and a disk lie under the guest alone.
 */
const owners = sql`array[
  substring(t.key from '^(?:mac:|ip:)(.+)/[^/]+$'),
  substring(t.key from '^(?:mac:|ip:)?(vm:[^/]+/(?:qemu|lxc)/[0-9]+)/'),
  'device:' || substring(t.key from '^(?:mac:|ip:)?interface:([^/]+)/')]`

/**
 * What was deleted in NetBox is no longer known, and neither are its parts: NetBox deletes the interfaces and disks of a
 * VM or a device with it, and the MACs and addresses of an interface with that (generic relations cascade; the rows are
 * deleted, not unassigned). An address that a person had moved elsewhere by then is theirs.
 */
export async function forget(
  tx: Transaction,
  netbox: string,
  deleted: readonly string[]
): Promise<void> {
  if (deleted.length === 0) return
  const keys = JSON.stringify(deleted.map((key) => ({ key })))
  const gone = await tx.execute<{ key: string }>(sql`
    with deleted as (select key from jsonb_to_recordset(${keys}::jsonb) as r(key text)),
    parts as (select t.id, unnest(${owners}) as owner from inventory.item t where t.netbox = ${netbox}
      and t.kind in ('interface', 'vm-interface', 'disk', 'mac-address', 'ip-address')),
    gone as (
      select t.id from inventory.item t join deleted d on t.key = d.key where t.netbox = ${netbox}
      union select p.id from parts p join deleted d on p.owner = d.key)
    delete from inventory.item t using gone g where t.id = g.id returning t.key`)
  await forgetSeen(
    tx,
    netbox,
    [...gone].map(({ key }) => key)
  )
  const forgotten = JSON.stringify([...gone])
  await tx.execute(sql`
    delete from inventory.quarantine t using jsonb_to_recordset(${forgotten}::jsonb) as r(key text)
    where t.netbox = ${netbox} and t.key = r.key`)
}
