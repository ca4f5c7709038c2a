import type { GuestInterface } from '@proxbox/contracts'
import t from 'tap'
import { key, planFor, withConfig } from './planned.ts'
import { estate, World } from './world.ts'

const mac = 'BC:24:11:00:00:64'

function planOf(names: readonly string[], useGuestAgentInterfaceName = true) {
  const [nic] = withConfig({}).config?.nics ?? []
  const nics = nic === undefined ? [] : [{ ...nic, addresses: [] }]
  const interfaces = names.map(
    (name, index): GuestInterface => ({
      name,
      mac: mac.toLowerCase(),
      addresses: [{ address: `10.0.0.${index + 1}`, prefixLength: 24, family: 4 }]
    })
  )
  const seen = estate([withConfig({ nics, agentEnabled: true }, { interfaces })])
  return planFor(new World(), seen, { useGuestAgentInterfaceName }).changes
}

const nameOf = (names: readonly string[], isWanted = true) =>
  planOf(names, isWanted).find((one) => one.key === `${key}/net0`)?.after.name

t.test(
  'of several with one MAC the name is that of the one that stands upon nothing',
  async (t) => {
    const upon = [
      'bond0',
      'br0',
      'br-1f2e',
      'ens18.20',
      'vlan20',
      'macvlan0',
      'macvtap0',
      'docker0'
    ]
    for (const other of upon) t.equal(nameOf([other, 'ens18']), 'ens18', other)
    t.equal(nameOf([...upon, 'ens18']), 'ens18')
    t.equal(nameOf(['ens18', 'ens19']), 'net0', 'two of them')
    t.equal(nameOf(upon), 'net0', 'none of them')
    t.equal(nameOf(['bond0']), 'bond0', 'the only one')
    t.equal(nameOf(['Ethernet 2']), 'Ethernet 2')
    t.equal(nameOf([' ']), 'net0')
  }
)

t.test('the addresses of all of them go to netN, whatever its name', async (t) => {
  for (const names of [
    ['ens18', 'ens18.20', 'br0'],
    ['ens18', 'ens19']
  ]) {
    const addresses = planOf(names).filter(({ key }) => key.startsWith('ip:vm'))
    t.equal(addresses.length, names.length)
    for (const { after } of addresses) t.same(after.assigned_object, { ref: `${key}/net0` })
  }
})

t.test('without the setting it is netN, and what has no NIC is never written', async (t) => {
  t.equal(nameOf(['ens18'], false), 'net0')
  const [nic] = withConfig({}).config?.nics ?? []
  const tunnel = {
    name: 'wg0',
    addresses: [{ address: '10.9.9.9', prefixLength: 24, family: 4 as const }]
  }
  const own = { name: 'ens18', mac, addresses: [] }
  const nics = nic === undefined ? [] : [{ ...nic, addresses: [] }]
  const seen = estate([withConfig({ nics, agentEnabled: true }, { interfaces: [own, tunnel] })])
  t.same(
    planFor(new World(), seen).changes.filter(
      ({ kind, key }) => kind === 'ip-address' && key.startsWith('ip:vm')
    ),
    []
  )
})
