import type { Guest, GuestConfig } from '@proxbox/contracts'
import t from 'tap'
import { dnsNameOf } from '../src/desired/dns-names.ts'
import { changeOf, handKept, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, World } from './world.ts'

const cloudInit = { slot: 'ide2', media: 'cloud-init' as const }
const [disk] = withConfig({}).config?.disks ?? []
const disks = disk === undefined ? [] : [disk, cloudInit]
const searchDomain = 'example.org'
const address = `ip:${key}/net0/10.0.100.10`

t.test('the full name is what Proxmox itself tells the guest', async (t) => {
  const named = (type: Guest['type'], more: Partial<GuestConfig>) =>
    dnsNameOf(withConfig(more, { type }))
  t.equal(named('lxc', { name: 'Web', searchDomain }), 'web.example.org')
  t.equal(named('lxc', { name: 'web.example.org' }), 'web.example.org')
  t.equal(named('lxc', { name: 'web.a.org', searchDomain }), 'web.a.org')
  t.equal(named('lxc', { name: 'web', searchDomain: 'a.org. b.org' }), 'web.a.org')
  t.equal(named('qemu', { name: 'web', searchDomain, disks }), 'web.example.org')
  t.equal(
    named('qemu', { name: 'web', searchDomain }),
    undefined,
    'without cloud-init a mere label'
  )
  t.equal(named('lxc', { name: 'web' }), undefined, 'the domain is the node’s')
  t.equal(named('lxc', { name: 'web', searchDomain: 'ex ample' }), 'web.ex')
  t.equal(named('lxc', { name: 'web', searchDomain: 'exämple.org' }), undefined)
  t.equal(named('lxc', { name: 'w'.repeat(250), searchDomain }), undefined, 'too long for NetBox')
  t.equal(dnsNameOf({ vmid: 100, type: 'lxc', node: 'pve1', status: 'running' }), undefined)
})

t.test('an address of ours gets it once, and it stays what a person makes of it', async (t) => {
  const seen = (name: string) => estate([withConfig({ name, searchDomain, disks })])
  const world = new World()
  const made = changeOf(runOn(world, seen('web')), address)
  t.equal(made?.after.dns_name, 'web.example.org')
  t.match(made?.why.dns_name, { policy: 'fill', source: 'config name, searchdomain' })
  t.equal(changeOf(runOn(world, seen('shop'), 1), address), undefined, 'filled once')
  world.edit(address, { dns_name: '' })
  t.equal(changeOf(runOn(world, seen('shop'), 2), address), undefined, 'nor when it is taken away')
})

t.test('of an address of a person only the assignment is written', async (t) => {
  const world = handKept()
  world.add('ip-address', { address: '10.0.100.10/24', vrf: null, dns_name: '', status: 'dhcp' })
  const plan = planFor(world, estate([withConfig({ searchDomain, disks })]))
  t.same(Object.keys(changeOf(plan, address)?.after ?? {}), ['assigned_object'])
})

t.test('of several addresses of a family nobody tells which has the name', async (t) => {
  const [nic] = withConfig({}).config?.nics ?? []
  if (nic === undefined) throw new Error('no NIC')
  const addresses = ['10.0.100.10/24', '10.0.100.11/24', '2001:db8::10/64']
  const plan = planFor(
    new World(),
    estate([withConfig({ searchDomain, disks, nics: [{ ...nic, addresses }] })])
  )
  const told = plan.changes
    .filter(({ kind }) => kind === 'ip-address')
    .flatMap(({ after }) => (after.dns_name === undefined ? [] : [after.address]))
  t.same(told, ['2001:db8::10/64'])
})

t.test('a guest that does not tell its addresses may still have the others', async (t) => {
  const config = withConfig({ searchDomain, disks })
  const [nic] = config.config?.nics ?? []
  if (nic === undefined) throw new Error('no NIC')
  const told = ['10.0.100.10', '10.0.100.20'].map((one) => ({
    address: one,
    prefixLength: 24,
    family: 4 as const
  }))
  const guest = withConfig(
    { searchDomain, disks },
    { interfaces: [{ name: 'ens18', mac: String(nic.mac), addresses: told }] }
  )
  const world = new World()
  const made = runOn(world, estate([guest])).changes.filter((one) =>
    one.key.startsWith(`ip:${key}`)
  )
  t.same(
    made.map(({ after }) => [after.address, after.dns_name]),
    [
      ['10.0.100.10/24', undefined],
      ['10.0.100.20/24', undefined]
    ]
  )
  t.equal(changeOf(runOn(world, estate([config]), 1), address), undefined, 'its agent is silent')
  const alone = withConfig(
    { searchDomain, disks },
    { interfaces: [{ name: 'ens18', mac: String(nic.mac), addresses: told.slice(0, 1) }] }
  )
  const named = changeOf(runOn(world, estate([alone]), 2), address)
  t.equal(named?.after.dns_name, 'vm100.example.org', 'it tells that this is the only one')
})
