import type { Fields, Policy } from '@proxbox/contracts'
import fc from 'fast-check'
import t from 'tap'
import './config.ts'
import { changeOf, endpoint, handKept, key, planFor, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const seen = estate([guest(100)])
const policies = (more: Record<string, Policy>) => endpoint({ policies: more })

t.test('first contact: facts are corrected, names and notes stay, blanks are filled', async (t) => {
  const world = handKept({
    name: 'VM100',
    memory: 512,
    vcpus: 8,
    status: 'offline',
    comments: 'by hand',
    serial: 'S1'
  })
  const noted = estate([withConfig({ description: 'a note', smbiosSerial: 'S2' })])
  const change = changeOf(planFor(world, noted), key)
  t.match(change?.after, { memory: 2048, vcpus: 2, status: 'active', start_on_boot: 'on' })
  t.same(
    ['name', 'comments', 'serial'].filter((field) => field in (change?.after ?? {})),
    []
  )
  t.match(change?.why.memory, { policy: 'source', reason: 'Proxmox says so' })
  t.match(change?.why.role, { policy: 'merge', reason: 'NetBox has nothing' })
  world.apply(planFor(world, noted))
  t.same(planFor(world, noted).changes, [])
  t.same(planFor(world, noted).adoptions, [])
})

t.test('equal values are recorded as ours, with their sources', async (t) => {
  const world = handKept({ memory: 2048 })
  const found = planFor(world, seen).adoptions.find((one) => one.key === key)
  t.match(found?.values, { memory: 2048, name: 'vm100' })
  t.match(found?.sources, { memory: 'config.memory' })
})

t.test('an adopted object is kept up after first contact', async (t) => {
  const world = handKept({ memory: 2048, comments: 'same' })
  world.apply(planFor(world, estate([withConfig({ description: 'same' })])))
  const later = estate([
    withConfig({ name: 'new', description: 'newer', memoryMiB: 4096 }, { name: 'new' })
  ])
  t.match(changeOf(planFor(world, later), key)?.after, {
    name: 'new',
    comments: 'newer',
    memory: 4096
  })
})

t.test("the old plugin's text counts as nothing", async (t) => {
  const world = handKept({ comments: 'Synced from Proxmox node pve1' })
  const noted = estate([withConfig({ description: 'a note' })])
  t.equal(changeOf(planFor(world, noted), key)?.after.comments, 'a note')
  t.equal(changeOf(planFor(world, seen), key)?.after.comments, undefined, 'nothing to say')
})

t.test('an Endpoint can give any field another policy, and the reason names it', async (t) => {
  const world = handKept({ name: 'VM 100 (old)', 'cf.proxmox_vm_id': 100, memory: 512 })
  const own = policies({ 'vm.name': 'source', 'vm.memory': 'fill', 'vm.cf.proxmox_node': 'fill' })
  const change = changeOf(planFor(world, seen, own), key)
  t.equal(change?.after.name, 'vm100')
  t.equal(change?.after.memory, undefined)
  t.match(change?.why.name, { policy: 'source', rule: 'policies of this NetBox Endpoint' })
  world.apply(planFor(world, seen, own))
  world.edit(key, { 'cf.proxmox_node': 'elsewhere' })
  t.same(planFor(world, seen, own).changes, [])
  t.equal(changeOf(planFor(world, seen), key)?.after['cf.proxmox_node'], 'pve1', 'own by default')
})

t.test('disk and description of a VM are never sent', async (t) => {
  for (const policy of ['source', 'own'] as const) {
    const own = policies({ 'vm.disk': policy, 'vm.description': policy })
    const world = new World()
    world.apply(planFor(world, seen, own))
    world.edit(key, { disk: 7, description: 'by hand' })
    t.same(planFor(world, seen, own).changes, [])
  }
})

t.test('a status that a person plans with stays; ours moves between three', async (t) => {
  const world = new World()
  world.apply(planFor(world, seen))
  for (const status of ['planned', 'staged', 'failed', 'decommissioning']) {
    world.edit(key, { status })
    t.same(planFor(world, seen).changes, [], status)
  }
  world.edit(key, { status: 'paused' })
  t.same(changeOf(planFor(world, seen), key)?.after, { status: 'active' })
})

t.test('the status of a node is filled; by override it follows the node', async (t) => {
  const device = 'device:ncaaaaaaaa'
  const [cluster] = seen.clusters
  if (cluster === undefined) throw new Error('no cluster')
  const nodes = cluster.nodes.map((node) => ({ ...node, online: false }))
  const off = { ...seen, clusters: [{ ...cluster, nodes }] }
  const world = new World()
  world.apply(planFor(world, seen))
  t.same(planFor(world, off).changes, [])
  const follows = policies({ 'device.status': 'source' })
  t.same(changeOf(planFor(world, off, follows), device)?.after, { status: 'offline' })
  world.apply(planFor(world, off, follows))
  t.same(changeOf(planFor(world, seen, follows), device)?.after, { status: 'active' })
})

t.test('a port that was there before, or is cabled, keeps what a person knows of it', async (t) => {
  const world = new World()
  const site = { ref: 'netbox:site/1' }
  const device = world.add('device', { name: 'pve1', site }, 'pve1')
  const port: Fields = { name: 'eno1', device: { ref: device.key }, enabled: true }
  world.add('interface', { ...port, type: '10gbase-x-sfpp', mtu: 1400 }, 'eno1')
  const [cluster] = seen.clusters
  const [node] = cluster?.nodes ?? []
  if (cluster === undefined || node === undefined) throw new Error('no node')
  const down = (mtu: number) => ({
    ...seen,
    clusters: [
      {
        ...cluster,
        nodes: [
          {
            ...node,
            interfaces: (node.interfaces ?? []).map((one) => ({
              ...one,
              active: false,
              autostart: false,
              mtu
            }))
          }
        ]
      }
    ]
  })
  const eno1 = 'interface:ncaaaaaaaa/eno1'
  t.same(Object.keys(changeOf(planFor(world, down(9000)), eno1)?.after ?? {}), ['bridge', 'mtu'])
  world.apply(planFor(world, down(9000)))
  world.edit('interface:ncaaaaaaaa/vmbr0', { enabled: true })
  t.match(changeOf(planFor(world, down(9000)), 'interface:ncaaaaaaaa/vmbr0')?.after, {
    enabled: false
  })
  world.edit('interface:ncaaaaaaaa/vmbr0', { cable: 'a cable' })
  t.same(planFor(world, down(9000)).changes, [])
})

t.test(
  'VLANs of an interface that was there: facts, and nothing where Proxmox has none',
  async (t) => {
    const vlanned = (vlan?: number) => {
      const world = handKept()
      const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
      const [own, other] = [30, 40].map((vid) => world.add('vlan', { vid, name: `v${vid}` }))
      world.add('vm-interface', {
        name: 'net0',
        virtual_machine: { ref: vm?.key ?? '' },
        mode: 'tagged',
        untagged_vlan: null,
        tagged_vlans: [{ ref: other?.key ?? '' }]
      })
      const [nic] = guest(100).config?.nics ?? []
      if (nic === undefined) throw new Error('no NIC')
      const nics = [{ ...nic, ...(vlan === undefined ? {} : { vlan }) }]
      return [changeOf(planFor(world, estate([withConfig({ nics })])), `${key}/net0`), own] as const
    }
    const [silent] = vlanned()
    t.notOk(Object.keys(silent?.after ?? {}).some((field) => /mode|vlan/.test(field)))
    const [change, own] = vlanned(30)
    t.match(change?.after, { mode: 'access', untagged_vlan: { ref: own?.key }, tagged_vlans: [] })
  }
)

t.test('a VLAN by hand that goes with its mode is told, with the reason of the mode', async (t) => {
  const world = new World()
  const [nic] = guest(100).config?.nics ?? []
  if (nic === undefined) throw new Error('no NIC')
  const [, mine] = [30, 40].map((vid) => ({ ref: world.add('vlan', { vid, name: `v${vid}` }).key }))
  world.apply(planFor(world, estate([withConfig({ nics: [{ ...nic, trunks: [30] }] })])))
  world.edit(`${key}/net0`, { untagged_vlan: mine ?? null })
  const change = changeOf(planFor(world, estate([guest(100)])), `${key}/net0`)
  t.match(change, {
    before: { mode: 'tagged', untagged_vlan: mine },
    after: { mode: null, untagged_vlan: null },
    why: { untagged_vlan: { policy: 'source', reason: 'changed in Proxmox: this mode has none' } }
  })
})

t.test('disks that were there before: the size is a fact, the rest is theirs', async (t) => {
  const world = handKept()
  const vm = [...world.objects.values()].find(({ kind }) => kind === 'vm')
  world.add('disk', {
    name: 'scsi0',
    virtual_machine: { ref: vm?.key ?? '' },
    size: 10,
    description: 'Storage: local | Format: raw'
  })
  const plan = planFor(world, seen)
  t.same(changeOf(plan, `${key}/scsi0`)?.after, { size: 8192 })
  world.apply(plan)
  const grown = estate([
    withConfig({
      disks: [{ slot: 'scsi0', storage: 'x', volume: 'y', sizeBytes: 2 ** 34, media: 'disk' }]
    })
  ])
  t.same(changeOf(planFor(world, grown), `${key}/scsi0`)?.after, { size: 16384 })
})

const isMerge = (field: string) => ['name', 'comments'].includes(field)

t.test('whatever a person has entered: only facts are written over', async () => {
  const edits = fc.record(
    {
      name: fc.constantFrom('vm100', 'VM100', 'other'),
      comments: fc.constantFrom('mine', 'theirs', 'note'),
      memory: fc.constantFrom(512, 2048),
      serial: fc.constantFrom('', 'S1'),
      description: fc.constantFrom('', 'mine'),
      'cf.proxmox_pool': fc.constantFrom(null, 'mine')
    },
    { requiredKeys: [] }
  )
  const told = estate([withConfig({ description: 'note' }, { pool: 'prod' })])
  await fc.assert(
    fc.property(edits, edits, (before, after) => {
      const world = handKept(before)
      if (before.name === 'other') return
      world.apply(planFor(world, told))
      world.edit(key, after)
      world.apply(planFor(world, told))
      const now = world.stored(key)
      for (const [field, value] of Object.entries(after)) {
        const mine = isMerge(field) || ['serial', 'description'].includes(field)
        if (mine && now[field] !== value) throw new Error(`${field}: ${String(now[field])}`)
      }
      if (now.memory !== 2048) throw new Error('a fact is not corrected')
      if (planFor(world, told).changes.length > 0) throw new Error('not at rest')
      world.apply(planFor(world, told))
      const again = planFor(world, told)
      if (again.changes.length + again.adoptions.length > 0) throw new Error(JSON.stringify(again))
    }),
    { numRuns: 300 }
  )
})
