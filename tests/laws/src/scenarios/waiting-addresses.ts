import { isRef } from '@proxbox/contracts'
import { setAddresses, setAgent, setConfig } from '@proxbox/simulator/proxmox'
import { Lab } from './lab.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const four = '10.1.0.100'
const stable = '2001:db8::be24:11ff:fe00:64'
const six = '2001:db8::5'
const hour = 1 / 24

const key = (host: string, type = 'qemu') => `ip:${vmKey(100, type)}/net0/${host}`

/** The guest tells these addresses from now on. */
function tell(lab: Lab, ...hosts: readonly string[]): void {
  const addresses = hosts.map((address) =>
    address.includes(':')
      ? { address, family: 6 as const, prefix: 64 }
      : { address, family: 4 as const, prefix: 24 }
  )
  setAddresses(lab.proxmox.world, 100, 0, addresses)
}

/** The IPv6 addresses in NetBox. */
const hostsIn = async (lab: Lab): Promise<string[]> =>
  (await lab.all('ip-address'))
    .map(({ fields }) => String(fields.address).split('/')[0] ?? '')
    .filter((host) => host.includes(':'))

const privacy: Scenario = {
  name: 'an IPv6 address that changes every day never appears beside one that stays',
  holds: async (bench) => {
    for (const type of ['qemu', 'lxc'] as const) {
      const lab = new Lab(await bench.session('4.7.3'))
      lab.proxmox.add({ vmid: 100, name: 'web', type })
      for (let day = 0; day < 5; day++) {
        tell(lab, four, `2001:db8::aaaa:${day + 1}`, stable)
        await lab.sync()
        await lab.quiet()
        mustEqual(await hostsIn(lab), day === 0 ? [] : [stable], `addresses on day ${day}`)
        lab.session.pass(1)
      }
      const primary = (await lab.stored(vmKey(100, type))).primary_ip6
      const { netbox_id: id } = lab.row(key(stable, type))
      mustEqual(primary, { ref: `netbox:ip-address/${id}` }, 'the primary address')
      mustEqual(lab.session.inventory.seen.size, 1, 'addresses that are remembered')
    }
  }
}

const restarted: Scenario = {
  name: 'an IPv6 address is gone for an hour, and its agent silent for another',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    lab.proxmox.add({ vmid: 100, name: 'web' })
    tell(lab, four, six)
    await lab.sync()
    lab.session.pass(23 * hour)
    tell(lab, four)
    await lab.sync()
    lab.session.pass(hour)
    tell(lab, four, six)
    mustEqual((await lab.sync()).changes, [], 'changes')
    lab.session.pass(23 * hour)
    setAgent(lab.proxmox.world, 100, 'silent')
    await lab.quiet()
    lab.session.pass(hour)
    setAgent(lab.proxmox.world, 100, 'answers')
    await lab.sync()
    must(lab.ledger.has(key(six)), 'its time did not go on while the agent was silent')
    await lab.quiet()
  }
}

const planned: Scenario = {
  name: 'a NetBox that only plans has an IPv6 address in its Plan after a day',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    lab.proxmox.add({ vmid: 100, name: 'web' })
    tell(lab, four, six)
    const planOnly = async () => {
      const plan = await lab.plan()
      lab.session.inventory.remember(plan)
      return plan.changes.some((change) => change.key === key(six))
    }
    mustEqual(await planOnly(), false, 'it is in the first Plan')
    lab.session.pass(23 * hour)
    mustEqual(await planOnly(), false, 'it is in the Plan after 23 hours')
    lab.session.pass(2 * hour)
    mustEqual(await planOnly(), true, 'it is in the Plan after 25 hours')
    lab.session.pass(3)
    mustEqual(await planOnly(), true, 'it is in the Plan that is approved days later')
    await lab.sync()
    must(isRef((await lab.stored(vmKey(100))).primary_ip6), 'it is not primary')
    await lab.quiet()
    mustEqual(lab.session.inventory.seen.size, 0, 'addresses that are remembered')
  }
}

const known: Scenario = {
  name: 'an IPv6 address that is configured, or in NetBox already, does not wait',
  holds: async (bench) => {
    const lab = new Lab(await bench.session('4.7.3'))
    lab.proxmox.add({ vmid: 100, name: 'web' })
    setConfig(lab.proxmox.world, 100, 'ipconfig0', `ip=dhcp,ip6=${six}/64`)
    tell(lab, four, six, stable)
    const [entered] = await lab.netbox.create('ip-address', [
      { fields: { address: `${stable}/48`, status: 'active', description: 'by hand' } }
    ])
    await lab.sync()
    must(lab.ledger.has(key(six)), 'the configured one waits')
    const { netbox_id: id, origin } = lab.row(key(stable))
    mustEqual([id, origin], [entered?.netbox_id, 'adopted'], 'the one that a person entered')
    const { address, description } = await lab.stored(key(stable))
    mustEqual([address, description], [`${stable}/48`, 'by hand'], "a person's words")
    await lab.quiet()
    lab.ledger.clear()
    mustEqual((await lab.sync()).changes, [], 'changes after the Ledger was lost')
    mustEqual((await hostsIn(lab)).length, 2, 'addresses')
    await lab.quiet()
  }
}

export const waitingAddresses: readonly Scenario[] = [privacy, restarted, planned, known]
