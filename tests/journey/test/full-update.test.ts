import type { Run } from '@proxbox/contracts'
import { createWorld, setConfig } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openJourney } from '../src/journey.ts'

interface Entry {
  readonly message: string
  readonly changed_object_type: string
  readonly action: { readonly value: string }
}

const guests = 230
const nodes = 3
const batch = 100
const page = 1000

t.test('a cluster enters NetBox, and the second run writes nothing', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests, nodes, seed: 7, simple: true, clusterName: 'lab' })
  const proxmox = await journey.proxmox(world, { name: 'lab' })
  const netbox = await journey.netbox({ name: 'nb' })

  const first = await journey.sync()
  t.equal(first.run.state.value, 'succeeded')
  t.equal(first.complete.ok, true)
  const vms = netbox.state.dump()['virtualization.virtualmachine'] ?? []
  t.equal(vms.length, guests, 'every guest is a VM')
  t.match(first.run.counts.vm, { created: guests })

  await t.test('requests of a first run', async (t) => {
    const counts = netbox.requests.counts()
    t.ok(counts.reads <= 40, `${counts.reads} reads of at most 40 (all tables are empty)`)
    const most = 8 * Math.ceil(guests / batch) + 40
    t.ok(counts.writes <= most, `${counts.writes} writes of at most ${most}`)
    const bulk = netbox.requests.entries.filter((entry) => entry.items > batch)
    t.equal(bulk.length, 0, 'no batch is larger than 100')
  })

  await t.test('requests to Proxmox', async (t) => {
    const { requests } = proxmox
    const entries = requests.entries()
    const perNode = (node: string) =>
      entries.filter(
        (entry) =>
          entry.route.startsWith('/nodes/{node}') &&
          !/\/(qemu|lxc)\//.test(entry.route) &&
          entry.path.startsWith(`/nodes/${node}/`)
      ).length
    const cluster = entries.filter((entry) => !entry.path.startsWith('/nodes/')).length
    t.ok(cluster <= 15, `${cluster} cluster-wide requests of about 15`)
    for (const node of world.nodes)
      t.ok(perNode(node.name) <= 9, `${perNode(node.name)} of at most 9 for ${node.name}`)
    for (const { vmid } of world.guests) {
      const configs = requests.count(new RegExp(`/(qemu|lxc)/${vmid}/config$`))
      if (configs !== 1) t.fail(`${configs} configs of guest ${vmid}`)
    }
    t.equal(requests.count(/\/(qemu|lxc)\/\d+\/config$/), guests, 'one config per guest')
    for (const [node, load] of Object.entries(requests.inFlightMax())) {
      t.ok(load.P <= 4, `${load.P} plain calls at once to ${node}`)
      t.ok(load.D <= 2, `${load.D} daemon-bound calls at once to ${node}`)
    }
    const agents = Object.values(requests.agentInFlightMax())
    t.ok(agents.length > 0, 'agents were asked')
    t.ok(
      agents.every((most) => most === 1),
      'one agent call per guest at once'
    )
  })

  await t.test('nothing changed: no write', async (t) => {
    const before = netbox.state.canonical()
    netbox.requests.clear()
    const { run, complete } = await journey.sync()
    t.equal(run.state.value, 'succeeded')
    t.match(complete.result, { outcome: 'succeeded', held: 0 })
    const counts = netbox.requests.counts()
    t.strictSame([counts.post, counts.patch, counts.put, counts.delete], [0, 0, 0, 0])
    const dump = netbox.state.dump()
    const pages = Object.values(dump).map((rows) => Math.ceil(rows.length / page))
    const most = 20 + pages.reduce((sum, one) => sum + one, 0)
    t.ok(counts.reads <= most, `${counts.reads} reads of at most ${most}`)
    t.strictSame(netbox.state.canonical(), before, 'NetBox is as it was')
  })

  await t.test('few guests changed: few writes', async (t) => {
    const changed = world.guests.slice(0, 130)
    for (const guest of changed) setConfig(world, guest.vmid, 'cores', 7)
    netbox.requests.clear()
    const { run } = await journey.sync()
    t.match(run.counts.vm, { updated: changed.length, created: 0, deleted: 0 })
    const counts = netbox.requests.counts()
    const most = 8 * Math.ceil(changed.length / batch)
    t.ok(counts.writes > 0 && counts.writes <= most, `${counts.writes} writes of at most ${most}`)
    const kinds = Object.values(netbox.state.dump()).filter((rows) => rows.length > 0).length
    const reads = 20 + kinds + Math.ceil(changed.length / batch)
    t.ok(counts.reads <= reads, `${counts.reads} reads of at most ${reads}`)
    const wrong = (netbox.state.dump()['virtualization.virtualmachine'] ?? []).filter(
      (vm) => Number(vm.vcpus) === 7
    )
    t.equal(wrong.length, changed.length, 'NetBox has the new numbers')
  })

  await t.test('every write names its Run in the changelog', async (t) => {
    const known = await journey.want<{ results: Run[] }>('GET', '/runs/?limit=100')
    const ids = new Set(known.results.map((run) => run.run_id))
    const response = await fetch(`${netbox.url}/api/core/object-changes/?limit=1000`, {
      headers: { authorization: `Bearer ${netbox.token}` }
    })
    const { results } = (await response.json()) as { results: Entry[] } // NetBox's list
    t.ok(results.length > 0)
    const nameless = results.filter(({ message }) => {
      const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(message)?.[0] ?? ''
      return !ids.has(id)
    })
    // NetBox 4.7 makes a MAC with its interface, and gives only the interface the message.
    const kinds = new Set(
      nameless.map((entry) => `${entry.action.value} ${entry.changed_object_type}`)
    )
    t.strictSame([...kinds], ['create dcim.macaddress'])
  })
})
