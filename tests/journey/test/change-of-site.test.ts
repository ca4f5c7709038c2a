import type { Run } from '@proxbox/contracts'
import { createWorld } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openJourney } from '../src/journey.ts'

t.test('a cluster and its devices go to another site by one word', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 4, nodes: 2, seed: 5, simple: true, clusterName: 'lab' })
  const { id } = await journey.proxmox(world)
  const netbox = await journey.netbox()
  const first = await journey.sync()
  t.equal(first.run.state.value, 'succeeded', JSON.stringify(first.run.errors))
  const site = { name: 'Away', slug: 'away', status: 'active' }
  t.equal(netbox.state.handle({ method: 'POST', path: '/api/dcim/sites/', body: site }).status, 201)
  await journey.want('PATCH', `/proxmox-endpoints/${id}/`, { site: 'away' })

  netbox.requests.clear()
  const { run } = await journey.sync()
  t.equal(run.state.value, 'awaiting_approval', JSON.stringify(run.errors))
  t.equal(run.held, 3, 'the cluster and both devices')
  t.equal(netbox.requests.counts().writes, 0)

  const told = await journey.follow(await journey.want<Run>('POST', `/runs/${run.id}/approve/`, {}))
  t.equal(told.run.state.value, 'succeeded', JSON.stringify(told.run.errors))
  const sites = () => {
    const dump = netbox.state.dump()
    const tables = ['dcim.device', 'virtualization.virtualmachine']
    const [away] = (dump['dcim.site'] ?? []).filter(({ slug }) => slug === 'away')
    return tables.map((table) => (dump[table] ?? []).filter((row) => row.site === away?.id).length)
  }
  t.same(sites(), [2, world.guests.length], 'NetBox has moved the VMs with their cluster')
  netbox.requests.clear()
  const quiet = await journey.sync()
  t.equal(quiet.run.state.value, 'succeeded')
  t.equal(netbox.requests.counts().writes, 0)
})
