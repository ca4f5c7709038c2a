import {
  type CurrentItem,
  isRef,
  kinds,
  type LedgerRow,
  netboxKey,
  type Plan
} from '@proxbox/contracts'
import { clusterOf, plainGuest } from '../many-guests.ts'
import { objectKinds } from '../object-kinds.ts'
import { must, mustEqual } from '../scenarios/scenario.ts'
import { Session } from '../session.ts'
import type { NetBoxSide } from '../sides/netbox-side.ts'
import { toldChanges } from '../told.ts'
import { type Eyes, idsOf } from './eyes.ts'
import type { Trouble } from './trouble.ts'

/** A guest with a second address, which is nobody's primary one. */
function guest(vmid: number) {
  const one = plainGuest(vmid, true)
  if (one.config === undefined) throw new Error('no configuration')
  const nics = one.config.nics.map((nic) => ({
    ...nic,
    addresses: [...nic.addresses, `10.77.0.${vmid}/24`]
  }))
  return { ...one, config: { ...one.config, nics } }
}

const seen = clusterOf([100, 101, 102, 103, 104, 105, 106].map(guest))
const vm = (vmid: number): string => `vm:caaaaaaaa/qemu/${vmid}`

/** One object of each kind, by its key, no two of one guest. */
const keys: readonly string[] = [
  `ip:${vm(100)}/net0/10.77.0.100`,
  `ip:${vm(101)}/net0/10.0.101.10`,
  `mac:${vm(102)}/net0/BC:24:11:00:00:66`,
  `${vm(103)}/scsi0`,
  `${vm(104)}/net0`,
  vm(105),
  'interface:naaaaaaaapve1/vmbr0'
]

/** The object and all that hangs on it. */
function wholeOf(key: string, items: readonly CurrentItem[]): CurrentItem[] {
  const parts = items.filter(({ fields }) =>
    ['virtual_machine', 'device', 'assigned_object'].some((field) => {
      const value = fields[field]
      return isRef(value) && value.ref === key
    })
  )
  return [
    ...items.filter((one) => one.key === key),
    ...parts.flatMap((one) => wholeOf(one.key, items))
  ]
}

const rowOf = ({ inventory }: Session, key: string) => {
  const row = inventory.ledger.get(key)
  if (row === undefined) throw new Error(`the Ledger has no ${key}`)
  return row
}

/** The Plan writes nothing, and says what is out of sight and which right shows it. */
function mustBeHeld({ changes, held }: Plan, rows: readonly LedgerRow[]): void {
  must(changes.length === 0, `made again, though out of sight:\n${toldChanges(changes)}`)
  for (const { key, kind } of rows) {
    const one = held.find(({ change }) => change.key === key)
    mustEqual(one?.guard, 'out-of-sight', `the guard that holds ${key}`)
    const right = kinds[kind].model.replace('.', '.view_')
    must(one?.reason.includes(right) === true, `${one?.reason} does not name ${right}`)
    must(one?.reason.includes(one.change.label) === true, `${one?.reason} does not name it`)
  }
}

const countOf = async (netbox: NetBoxSide) => (await netbox.read(objectKinds)).length

/** Hidden, seen again, and deleted by hand. */
async function hideAndDelete(session: Session, eyes: Eyes, some: readonly string[]): Promise<void> {
  const rows = some.map((key) => rowOf(session, key))
  const items = await session.netbox.read(objectKinds)
  const hidden = rows.flatMap((row) => wholeOf(netboxKey(row.kind, row.netbox_id), items))
  const narrow = await eyes(session.netbox, idsOf(hidden))
  const blind = new Session(narrow.netbox, { ...session.options, inventory: session.inventory })
  const before = session.netbox.writes() + narrow.netbox.writes()
  try {
    mustBeHeld(await blind.sync(seen), rows)
    blind.pass(30)
    mustBeHeld(await blind.with({ more: { budget: false } }).sync(seen), rows)
    mustEqual((await session.sync(seen)).changes, [], `changes once ${some} is seen again`)
    const writes = session.netbox.writes() + narrow.netbox.writes() - before
    mustEqual(writes, 0, `writes while ${some} was out of sight`)
  } finally {
    await narrow.close()
  }
  for (const { kind, netbox_id } of rows) await session.netbox.delete(kind, [netbox_id])
  await session.sync(seen)
  mustEqual(await countOf(session.netbox), items.length, `objects once ${some} was deleted by hand`)
  mustEqual((await session.plan(seen)).changes, [], `left to do after ${some}`)
}

/** One object out of sight is not made again, nor anything else in its stead; one that a person deleted is. */
export const oneHidden: Trouble = {
  name: 'the NetBox token does not see one object of each kind',
  holds: async (bench, eyes) => {
    const session = await bench.session('4.7.3')
    await session.sync(seen)
    // A real NetBox takes seconds for each Run: there all of them are hidden at once.
    const groups = bench.numRuns > 1 ? [...keys.map((key) => [key]), keys] : [keys]
    for (const some of groups) await hideAndDelete(session, eyes, some)
  }
}
