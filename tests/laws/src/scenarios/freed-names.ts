import { guestOf, removeGuest, renameGuest, setConfig } from '@proxbox/simulator/proxmox'
import type { Bench } from '../bench.ts'
import { Lab } from './lab.ts'
import { withoutObject } from './narrowed.ts'
import { type MadeGuest, macOf, vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const guests = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' },
  { vmid: 102, name: 'mail' }
]

/** Guests that nobody has written to: they are deleted when their time is over. */
async function openUntouched(bench: Bench, made: readonly MadeGuest[]): Promise<Lab> {
  const options = { endpoint: { missingPolicy: 'delete' } } as const
  const lab = new Lab(await bench.session('4.7.3', options))
  for (const one of made) lab.proxmox.add(one)
  await lab.sync()
  await lab.quiet()
  return lab
}

/** Takes back the last Run that wrote something. */
async function undoLast(lab: Lab): Promise<readonly string[]> {
  const { session } = lab
  const run = session.inventory.runs.findLast(({ applied }) => applied.size > 0)
  if (run === undefined) throw new Error('no Run has written anything')
  const plan = await session.planUndo(run)
  mustEqual(plan.held, [], 'held by the undo')
  const undone = await session.apply(plan)
  for (const { change, state, detail } of undone.applied.values())
    must(state === 'done', `${change.action} ${change.key} was ${state}: ${detail}`)
  return plan.notices.map(({ key }) => key)
}

const retired: Scenario = {
  name: 'a guest is retired in the Run that gives its name and address to others, and comes back by undo',
  holds: async (bench) => {
    const lab = await openUntouched(bench, guests)
    const { world } = lab.proxmox
    const old = lab.id(100)
    removeGuest(world, 100)
    await lab.sync()
    await lab.quiet()
    lab.session.pass(8)
    renameGuest(world, 101, 'web')
    lab.proxmox.add({ vmid: 105, name: 'db', address: '10.1.0.100' })
    await lab.sync()
    must(!lab.ledger.has(vmKey(100)), 'guest 100 is not deleted')
    mustEqual([await lab.nameOf(101), await lab.nameOf(105)], ['web', 'db'], 'the names')
    await lab.quiet()
    mustEqual(await undoLast(lab), [], 'left by the undo')
    mustEqual([await lab.nameOf(100), await lab.nameOf(101)], ['web', 'db'], 'the names again')
    must(lab.id(100) !== old, 'NetBox gave an id twice')
    must(!lab.ledger.has(vmKey(105)), 'guest 105 is not deleted')
    await lab.nothingDoubled()
  }
}

const containers = [
  { vmid: 100, name: 'web', type: 'lxc' as const },
  { vmid: 101, name: 'db', type: 'lxc' as const }
]

/** The container gets another NIC in another slot, which it calls as it called the old one. */
function addNic(lab: Lab): void {
  const { world } = lab.proxmox
  const mac = macOf({ vmid: 100, life: 1 })
  setConfig(world, 100, 'net1', `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth`)
  const [told] = guestOf(world, 100).interfaces
  if (told === undefined) throw new Error('the container tells of no interface')
  told.mac = mac.toLowerCase()
}

const nic = (slot: string): string => `${vmKey(100, 'lxc')}/${slot}`

const replacedNic: Scenario = {
  name: 'a NIC is replaced by one of its name, at once or when its time is over',
  holds: async (bench) => {
    for (const isLate of [false, true]) {
      const lab = await openUntouched(bench, containers)
      setConfig(lab.proxmox.world, 100, 'net0', undefined)
      if (!isLate) addNic(lab)
      await lab.sync()
      mustEqual((await lab.stored(nic('net0'))).name, 'eth0', 'the name of what is missed')
      if (!isLate)
        mustEqual((await lab.stored(nic('net1'))).name, 'net1', 'the name of the new one')
      await lab.quiet()
      lab.session.pass(8)
      if (isLate) addNic(lab)
      await lab.sync()
      must(!lab.ledger.has(nic('net0')), 'the old interface is not deleted')
      mustEqual((await lab.stored(nic('net1'))).name, 'eth0', 'the name when it is free')
      await lab.quiet()
    }
  }
}

const unseen: Scenario = {
  name: 'an undo names what its token does not see any more, and takes it back when it does',
  holds: async (bench) => {
    const lab = await openUntouched(bench, guests)
    lab.proxmox.add({ vmid: 105, name: 'shop' })
    await lab.sync()
    const { session } = lab
    const run = session.inventory.runs.findLast(({ applied }) => applied.size > 0)
    if (run === undefined) throw new Error('no Run has written anything')
    const disk = [...lab.ledger.values()].find(
      ({ kind, key }) => kind === 'disk' && key.startsWith(`${vmKey(105)}/`)
    )
    if (disk === undefined) throw new Error('guest 105 has no disk')
    const blind = withoutObject(lab, disk.key)
    const plan = await blind.planUndo(run)
    mustEqual(plan.notices.map(({ key }) => key).includes(disk.key), true, 'the disk is named')
    must(
      plan.notices.some(({ detail }) => detail.includes('virtualization.view_virtualdisk')),
      'nobody says which right is missing'
    )
    mustEqual(await undoLast(lab), [], 'left by the undo')
    must(!lab.ledger.has(disk.key), 'the disk stays')
  }
}

export const freedNames: readonly Scenario[] = [retired, replacedNic, unseen]
