import { isRef } from '@proxbox/contracts'
import { setConfig } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const key = (vmid: number, host: string) => `ip:${vmKey(vmid)}/net0/${host}`

async function isAssigned(lab: Lab, vmid: number, host: string): Promise<boolean> {
  return isRef((await lab.stored(key(vmid, host))).assigned_object)
}

/** Guest 100 was never heard; guest 101 tells its address itself, until its agent is switched off. */
const removed: Scenario = {
  name: 'a static address is taken out of the configuration',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    const { world } = lab.proxmox
    lab.proxmox.add({ vmid: 100, name: 'web' })
    lab.proxmox.add({ vmid: 101, name: 'db', address: '10.1.0.101' })
    setConfig(world, 100, 'agent', undefined)
    setConfig(world, 100, 'ipconfig0', 'ip=10.1.0.100/24')
    setConfig(world, 101, 'ipconfig0', 'ip=10.1.0.101/24')
    await lab.sync()
    await lab.quiet()
    const primary = (await lab.stored(vmKey(100))).primary_ip4
    must(isRef(primary), 'guest 100 has no primary address')
    setConfig(world, 101, 'agent', undefined)
    await lab.sync()
    for (const vmid of [100, 101]) setConfig(world, vmid, 'ipconfig0', 'ip=dhcp')
    await lab.quiet()
    lab.session.pass(6)
    await lab.quiet()
    mustEqual((await lab.stored(vmKey(100))).primary_ip4, primary, 'the primary address')
    lab.session.pass(2)
    await lab.sync()
    await lab.quiet()
    must(!(await isAssigned(lab, 100, '10.1.0.100')), 'the static address is still assigned')
    must(await isAssigned(lab, 101, '10.1.0.101'), 'an address that the guest told is unassigned')
    setConfig(world, 100, 'ipconfig0', 'ip=10.1.0.100/24')
    await lab.sync()
    await lab.quiet()
    must(await isAssigned(lab, 100, '10.1.0.100'), 'the address that is back is not assigned')
  }
}

export const staticAddresses: readonly Scenario[] = [removed]
