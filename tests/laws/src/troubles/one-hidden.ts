import { type CurrentItem, isRef, type KindName, kinds, type Plan } from '@proxbox/contracts'
import { clusterOf, plainGuest } from '../many-guests.ts'
import { must, mustEqual } from '../scenarios/scenario.ts'
import { Session } from '../session.ts'
import type { NetBoxSide } from '../sides/netbox-side.ts'
import { toldChanges } from '../told.ts'
import { idsOf } from './eyes.ts'
import type { Trouble } from './trouble.ts'

const all: readonly KindName[] = [
  'device',
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk',
  'ip-address'
]

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

const seen = clusterOf([100, 101, 102, 103].map(guest))
const vm = 'vm:caaaaaaaa/qemu/100'
/** One object of each kind, by its key. */
const keys: readonly string[] = [
  `ip:${vm}/net0/10.77.0.100`,
  `ip:${vm}/net0/10.0.100.10`,
  `mac:${vm}/net0/BC:24:11:00:00:64`,
  `${vm}/scsi0`,
  `${vm}/net0`,
  vm,
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
function mustBeHeld({ changes, held }: Plan, key: string, kind: KindName): void {
  must(changes.length === 0, `${key} is out of sight:\n${toldChanges(changes)}`)
  const one = held.find(({ change }) => change.key === key)
  mustEqual(one?.guard, 'out-of-sight', `the guard that holds ${key}`)
  const right = kinds[kind].model.replace('.', '.view_')
  must(one?.reason.includes(right) === true, `${one?.reason} does not name ${right}`)
  must(one?.reason.includes(one.change.label) === true, `${one?.reason} does not name the object`)
}

const countOf = async (netbox: NetBoxSide) => (await netbox.read(all)).length

/** One object out of sight is not made again, nor anything else in its stead; one that a person deleted is. */
export const oneHidden: Trouble = {
  name: 'the NetBox token does not see one object',
  holds: async (bench, eyes) => {
    const session = await bench.session('4.7.3')
    await session.sync(seen)
    const count = await countOf(session.netbox)
    for (const key of keys) {
      const { kind } = rowOf(session, key)
      const items = await session.netbox.read(all)
      const hidden = wholeOf(`netbox:${kind}/${rowOf(session, key).netbox_id}`, items)
      const narrow = await eyes(session.netbox, idsOf(hidden))
      const blind = new Session(narrow.netbox, { ...session.options, inventory: session.inventory })
      const before = session.netbox.writes() + narrow.netbox.writes()
      try {
        for (const day of [0, 30]) {
          blind.now = session.now + day * 86_400_000
          mustBeHeld(await blind.sync(seen), key, kind)
          mustBeHeld(await blind.with({ more: { budget: false } }).sync(seen), key, kind)
        }
        mustEqual((await session.sync(seen)).changes, [], `changes once ${key} is seen again`)
        const writes = session.netbox.writes() + narrow.netbox.writes() - before
        mustEqual(writes, 0, `writes while ${key} was out of sight`)
      } finally {
        await narrow.close()
      }
      await session.netbox.delete(kind, [rowOf(session, key).netbox_id])
      await session.sync(seen)
      mustEqual(await countOf(session.netbox), count, `objects once ${key} was deleted by hand`)
      mustEqual((await session.plan(seen)).changes, [], `left to do after ${key}`)
    }
  }
}
