import type { Guest } from '@proxbox/contracts'
import { isRef } from '@proxbox/contracts'
import t from 'tap'
import type { DesiredOptions } from '../src/index.ts'
import { changeOf, codes, endpoint, key, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

t.test(
  'platforms: the agent, else what it said before; ostype when nobody ever told',
  async (t) => {
    const world = new World()
    const create = endpoint({ platformCreate: true })
    const seen = estate([
      guest(100, { os: { id: 'debian', versionId: '12.5', prettyName: 'Debian 12' } }),
      guest(101, {
        type: 'lxc',
        config: { ...guest(101).config, osType: 'alpine' } as Guest['config'] & object
      })
    ])
    const plan = planFor(world, seen, create)
    t.same(
      plan.changes.filter(({ kind }) => kind === 'platform').map(({ after }) => after.slug),
      ['alpine', 'debian-12']
    )
    t.notOk(planFor(world, seen).changes.some(({ kind }) => kind === 'platform'))
    const silent = estate([withConfig({ osType: 'l26' })])
    const made = planFor(new World(), silent, create).changes
    t.equal(made.find(({ kind }) => kind === 'platform')?.after.slug, 'linux')
    world.apply(plan)
    t.same(
      planFor(world, silent, create).changes.filter((one) => 'platform' in one.after),
      []
    )
  }
)

t.test('an ostype that changes is followed, until the guest itself has told', async (t) => {
  const create = endpoint({ platformCreate: true })
  const world = new World()
  const of = (osType: string, os?: Guest['os']) =>
    estate([withConfig({ osType }, os === undefined ? {} : { os })])
  const slug = (seen: ReturnType<typeof estate>) => {
    world.apply(planFor(world, seen, create))
    const again = planFor(world, seen, create)
    t.same([again.changes, again.adoptions], [[], []])
    const { platform } = world.stored(key)
    return isRef(platform) ? world.objects.get(platform.ref)?.fields.slug : undefined
  }
  t.equal(slug(of('l26')), 'linux')
  t.equal(slug(of('win11')), 'windows-11')
  t.equal(slug(of('win11', { id: 'debian', versionId: '12' })), 'debian-12')
  t.equal(slug(of('l26')), 'debian-12', 'a silent agent is not contradicted')
  const row = world.ledger.get(key)
  if (row === undefined) throw new Error('no row')
  const { platform_by: _, ...evidence } = row.evidence
  world.ledger.set(key, { ...row, evidence })
  t.equal(slug(of('win11')), 'debian-12', 'nor is who is not known')
  world.ledger.set(key, { ...row, netbox_id: 999 })
  const [adopted] = planFor(world, of('l26'), create).adoptions
  t.match(adopted, { key, evidence: { platform_by: 'agent' } }, 'nor with an object restored')
})

t.test('notes of a node fill the comments of its device, where notes are wanted', async (t) => {
  const noted = (notes?: string): ReturnType<typeof estate> => {
    const seen = estate([guest(100)])
    const clusters = seen.clusters.map((cluster) => ({
      ...cluster,
      nodes: cluster.nodes.map((node) => ({ ...node, ...(notes === undefined ? {} : { notes }) }))
    }))
    return { ...seen, clusters }
  }
  const device = 'device:ncaaaaaaaa'
  const world = new World()
  world.apply(planFor(world, noted()))
  t.notOk(world.stored(device).comments)
  world.apply(planFor(world, noted('<b>rack 4</b>')))
  t.equal(world.stored(device).comments, 'rack 4')
  t.same(planFor(world, noted('rack 5')).changes, [], 'filled once')
  const { connections } = world.options()
  const quiet = Object.fromEntries(
    Object.entries(connections).map(([id, one]) => [id, { ...one, notes: false }])
  )
  const made = planFor(new World(), noted('rack 4'), { connections: quiet })
  t.notOk(changeOf(made, device)?.after.comments)
})

t.test('a VLAN group of a region or site group is there for sites of nested ones', async (t) => {
  const nic = { ...guest(100).config?.nics[0], vlan: 20 } as NonNullable<
    Guest['config']
  >['nics'][number]
  for (const [kind, field] of [
    ['region', 'region'],
    ['site-group', 'group']
  ] as const) {
    const world = new World()
    const top = world.add(kind, { name: 'Earth', slug: 'earth', parent: null })
    const middle = world.add(kind, { name: 'Europe', slug: 'eu', parent: { ref: top.key } })
    const inner = world.add(kind, { name: 'Malta', slug: 'mt', parent: { ref: middle.key } })
    const beside = world.add(kind, { name: 'Crete', slug: 'cr', parent: { ref: middle.key } })
    world.edit('netbox:site/1', { [field]: { ref: inner.key } })
    const group = world.add('vlan-group', { name: 'g', slug: 'g', scope: { ref: beside.key } })
    const vlan = world.add('vlan', { vid: 20, group: { ref: group.key } })
    const after = () => {
      const plan = planFor(world, estate([withConfig({ nics: [nic] })]))
      return changeOf(plan, `${key}/net0`)?.after.untagged_vlan
    }
    t.equal(after(), undefined, `${kind} beside`)
    for (const scope of [inner, middle, top]) {
      world.edit(group.key, { scope: { ref: scope.key } })
      t.same(after(), { ref: vlan.key }, `${kind} ${scope.fields.name}`)
    }
  }
})

t.test(
  'VLANs of a group scoped to the cluster, its site or a location of it are referenced',
  async (t) => {
    const nic = { ...guest(100).config?.nics[0], vlan: 20 } as NonNullable<
      Guest['config']
    >['nics'][number]
    const seen = estate([withConfig({ nics: [nic] })])
    const vlanAfter = (scope: (world: World) => string) => {
      const world = new World()
      world.add('cluster', { name: 'lab', scope: { ref: 'netbox:site/1' } })
      world.add('location', { name: 'room', site: { ref: 'netbox:site/1' } })
      world.edit('netbox:site/1', { region: { ref: 'netbox:region/9' } })
      const group = world.add('vlan-group', { name: 'g', scope: { ref: scope(world) } })
      const vlan = world.add('vlan', { vid: 20, group: { ref: group.key } })
      const plan = planFor(world, seen)
      const after = changeOf(plan, `${key}/net0`)?.after.untagged_vlan
      return after === undefined ? codes(plan).join() : JSON.stringify(after).includes(vlan.key)
    }
    t.equal(
      vlanAfter(() => 'netbox:site/1'),
      true
    )
    t.equal(
      vlanAfter(() => 'netbox:cluster/2'),
      true
    )
    t.equal(
      vlanAfter(() => 'netbox:location/3'),
      true
    )
    t.equal(
      vlanAfter(() => 'netbox:region/9'),
      true
    )
    t.equal(
      vlanAfter(() => 'netbox:site/99'),
      'VLAN_UNRESOLVED'
    )
    const world = new World()
    const plan = planFor(world, seen, endpoint({ vlanCreate: true }))
    world.apply(plan)
    t.same(planFor(world, seen, endpoint({ vlanCreate: true })).changes, [])
    t.same(world.stored(`${key}/net0`).mode, 'access')
  }
)

t.test('primary addresses: when-unset, always, never, prefer-subnet', async (t) => {
  const nics = [
    { ...guest(100).config?.nics[0], addresses: ['10.1.0.5/24', '10.2.0.5/24'] }
  ] as NonNullable<Guest['config']>['nics']
  const seen = estate([withConfig({ nics })])
  const primary = (more: Partial<DesiredOptions['endpoint']>) => {
    const plan = planFor(new World(), seen, endpoint(more))
    return JSON.stringify(changeOf(plan, key)?.after.primary_ip4 ?? null)
  }
  t.match(primary({}), '10.1.0.5')
  t.equal(primary({ primaryIpPolicy: 'never' }), 'null')
  t.match(primary({ primaryIpPolicy: 'prefer-subnet', primaryIpSubnet: '10.2.0.0/16' }), '10.2.0.5')
  t.match(primary({ primaryIpPolicy: 'prefer-subnet', primaryIpSubnet: '10.9.0.0/16' }), '10.1.0.5')
  const world = new World()
  world.apply(planFor(world, seen))
  const hand = world.ledger.get(`ip:${key}/net0/10.2.0.5`)
  world.edit(key, { primary_ip4: { ref: `netbox:ip-address/${hand?.netbox_id}` } })
  t.same(planFor(world, seen).changes, [])
  t.match(changeOf(planFor(world, seen, endpoint({ primaryIpPolicy: 'always' })), key)?.after, {
    primary_ip4: { ref: /10\.1\.0\.5/ }
  })
})

t.test('sites: the default one is made when asked; none is a sentence what to set', async (t) => {
  const world = new World()
  world.add('site', { name: 'Two', slug: 'two' })
  const plan = planFor(world, estate([guest(100)]), endpoint({ createDefaultSite: true }))
  t.equal(
    plan.changes.find(({ kind }) => kind === 'site')?.after.name,
    'Proxmox Default Site - lab'
  )
  t.match(planFor(world, estate([guest(100)])).notices, [
    { code: 'SITE_MISSING', detail: /set "site" on Proxmox Endpoint pve to the slug/ }
  ])
  const siteless = new World()
  siteless.objects.clear()
  t.match(planFor(siteless, estate([guest(100)])).notices, [
    { code: 'SITE_MISSING', detail: /has no site: create one there, or set create_default_site/ }
  ])
})

t.test('unknown keys of a configuration and an owner of an address are named', async (t) => {
  const world = new World()
  const vm = world.add('vm', { name: 'hand' }, 'hand')
  const port = world.add('vm-interface', { name: 'eth0', virtual_machine: { ref: vm.key } }, 'eth0')
  world.add('ip-address', {
    address: '10.0.100.10/24',
    vrf: null,
    assigned_object: { ref: port.key }
  })
  const plan = planFor(world, estate([withConfig({ unknownKeys: ['quux'] })]))
  t.match(plan.notices, [{ code: 'CONFIG_UNKNOWN', detail: /quux/ }])
  t.match(plan.held, [
    {
      code: 'ADDRESS_TAKEN',
      reason: /which vm100 \/ net0 has in Proxmox, belongs to hand \/ eth0 in NetBox/
    }
  ])
})

t.test('of two guests with one address both are named', async (t) => {
  const { notices } = planFor(
    new World(),
    estate([guest(100), guest(101, { config: { ...guest(100).config, name: 'twin' } as never })])
  )
  t.match(
    notices.filter(({ code }) => code === 'ADDRESS_TAKEN'),
    [{ detail: 'twin net0 has the address 10.0.100.10, which vm100 net0 has too and keeps.' }]
  )
  const cloned = planFor(new World(), estate([guest(100), { ...guest(100), vmid: 101 }]))
  t.match(
    cloned.notices.filter(({ code }) => code === 'ADDRESS_TAKEN'),
    [
      {
        detail:
          'vm100 net0 of guest 101 has the address 10.0.100.10, which vm100 net0 of guest 100 has too and keeps.'
      }
    ],
    'a clone has the name as well'
  )
})

t.test('containers: the configured name, all addresses, no agent', async (t) => {
  const nics = [{ ...guest(100).config?.nics[0], guestName: 'eth0', addresses: [] }] as NonNullable<
    Guest['config']
  >['nics']
  const lxc = withConfig(
    { nics, unprivileged: true },
    {
      type: 'lxc',
      interfaces: [
        {
          name: 'eth0',
          mac: 'BC:24:11:00:00:64',
          addresses: [
            { address: '10.1.0.5', prefixLength: 24, family: 4 },
            { address: 'fe80::1', prefixLength: 64, family: 6 }
          ]
        }
      ]
    }
  )
  const { changes } = planFor(new World(), estate([lxc]))
  t.match(
    changes.find(({ kind }) => kind === 'vm-interface'),
    {
      after: { name: 'eth0' },
      why: { name: { source: 'config net0' } }
    }
  )
  t.same(
    changes
      .filter((one) => one.kind === 'ip-address' && one.key.includes('lxc'))
      .map(({ label }) => label),
    ['10.1.0.5/24']
  )
  t.match(changes.find(({ kind }) => kind === 'vm')?.after, {
    'cf.proxmox_unprivileged_container': true,
    'cf.proxmox_vm_type': 'lxc'
  })
  t.notOk(changes.some((one) => 'cf.proxmox_qemu_agent' in one.after))
})

t.test("an interface's name says who gave it: the guest agent, or the configuration", async (t) => {
  const told = [{ name: 'ens18', mac: 'BC:24:11:00:00:64', addresses: [] }]
  const nameOf = (more: Partial<Guest>) =>
    planFor(new World(), estate([withConfig({ agentEnabled: true }, more)])).changes.find(
      ({ kind }) => kind === 'vm-interface'
    )
  t.match(nameOf({ interfaces: told }), {
    after: { name: 'ens18' },
    why: { name: { source: 'agent' } }
  })
  t.match(nameOf({}), { after: { name: 'net0' }, why: { name: { source: 'config net0' } } })
})
