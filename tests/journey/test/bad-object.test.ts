import { addGuest, createWorld, setAgent, setConfig } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { listAll, openJourney } from '../src/journey.ts'
import { warns } from '../src/told.ts'

interface ChangeRow {
  readonly action: string
  readonly kind: string
  readonly label: string
  readonly outcome: string
  readonly detail: string
}

t.test('one bad object', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 4, nodes: 1, seed: 4, simple: true, clusterName: 'lab' })
  const proxmox = await journey.proxmox(world, { name: 'lab' })
  const netbox = await journey.netbox({ name: 'nb' })
  await journey.sync()
  const vms = () => netbox.state.dump()['virtualization.virtualmachine'] ?? []
  const objects = () =>
    Object.values(netbox.state.dump()).reduce((sum, rows) => sum + rows.length, 0)
  const before = objects()

  const long = 'n'.repeat(80)
  const shortened = addGuest(world, { config: { name: long } })
  addGuest(world, { config: { name: 'twin' } })
  addGuest(world, { config: { name: 'twin' } })
  const unknown = addGuest(world, { config: { name: 'unknown-key' } })
  setConfig(world, unknown.vmid, 'frobnicate0', 'a=b,c')
  const silly = addGuest(world, { agent: 'nonsense', config: { name: 'silly-agent' } })
  const thief = addGuest(world, { config: { name: 'thief' } })
  const [address] = thief.interfaces[0]?.addresses ?? []
  const create = async (path: string, body: object): Promise<{ id: number }> => {
    const response = await fetch(`${netbox.url}/api/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${netbox.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (response.status !== 201) throw new Error(`${path}: ${await response.text()}`)
    return (await response.json()) as { id: number } // NetBox's object
  }
  const cluster = vms()[0]?.cluster as { id: number } | number // as the dump holds references
  const owner = await create('virtualization/virtual-machines/', {
    name: 'owner',
    cluster: typeof cluster === 'object' ? cluster.id : Number(/\d+/.exec(String(cluster))?.[0])
  })
  const port = await create('virtualization/interfaces/', {
    virtual_machine: owner.id,
    name: 'eth0'
  })
  const owned = await create('ipam/ip-addresses/', {
    address: `${address?.address}/${address?.prefix}`,
    assigned_object_type: 'virtualization.vminterface',
    assigned_object_id: port.id
  })
  const told = await journey.sync()

  await t.test('a name too long for NetBox', async (t) => {
    warns(t, told, 'NAME_SHORTENED', { row: long, says: ['NetBox Endpoint nb', '64', 'Shorten'] })
    t.ok(vms().some((vm) => long.startsWith(String(vm.name)) && String(vm.name).length === 64))
    t.equal(shortened.config.name, long)
  })
  await t.test('a name that exists twice', async (t) => {
    warns(t, told, 'NAME_TAKEN', { row: 'twin', says: ['NetBox Endpoint nb', 'twin', 'Rename'] })
    t.equal(vms().filter((vm) => String(vm.name).startsWith('twin')).length, 2, 'both are there')
  })
  await t.test('an address that another object owns', async (t) => {
    warns(t, told, 'ADDRESS_TAKEN', {
      row: `${address?.address}/${address?.prefix}`,
      says: ['NetBox Endpoint nb', String(address?.address), 'owner', 'Free the address']
    })
    const response = await fetch(`${netbox.url}/api/ipam/ip-addresses/${owned.id}/`, {
      headers: { authorization: `Bearer ${netbox.token}` }
    })
    t.match(await response.json(), { assigned_object_id: port.id }, 'it was not moved')
    t.ok(vms().some((vm) => vm.name === 'thief'))
  })
  await t.test('a key of a configuration that nobody knows', async (t) => {
    warns(t, told, 'CONFIG_UNKNOWN', {
      row: 'unknown-key',
      says: ['unknown-key', 'frobnicate0', 'Proxbox']
    })
    t.ok(vms().some((vm) => vm.name === 'unknown-key'))
  })
  await t.test('an agent that answers nonsense', async (t) => {
    warns(t, told, 'AGENT_NONSENSE', {
      row: 'silly-agent',
      says: ['Proxmox Endpoint lab', `guest ${silly.vmid} (silly-agent)`, 'Update the guest agent']
    })
    t.equal(told.run.state.value, 'degraded', 'a gap degrades')
    t.match(told.run.gaps, [{ scope: /silly-agent/ }])
    t.ok(vms().some((vm) => vm.name === 'silly-agent'))
  })
  await t.test('an agent that turns to nonsense changes nothing', async (t) => {
    const [one] = world.guests
    if (one === undefined) throw new Error('the world has guests')
    const addresses = () => netbox.state.canonical()['ipam.ipaddress']
    const known = addresses()
    setAgent(world, one.vmid, 'nonsense')
    netbox.requests.clear()
    const next = await journey.sync()
    warns(t, next, 'AGENT_NONSENSE', { row: String(one.config.name), says: [] })
    t.strictSame(addresses(), known)
    t.equal(netbox.requests.counts().delete, 0)
    setAgent(world, one.vmid, 'answers')
  })
  await t.test('half an answer about one guest', async (t) => {
    const [, two] = world.guests
    if (two === undefined) throw new Error('the world has guests')
    const remove = proxmox.faults.add({ kind: 'truncated', on: `/${two.vmid}/config` })
    netbox.requests.clear()
    const next = await journey.sync()
    remove()
    warns(t, next, 'GAP', {
      row: String(two.config.name),
      says: ['Proxmox Endpoint lab', `guest ${two.vmid}`, 'proxbox endpoint test']
    })
    t.equal(netbox.requests.counts().delete, 0)
  })
  await t.test('what NetBox refuses', async (t) => {
    const last = addGuest(world, { config: { name: 'late' } })
    const unhook = netbox.hook((phase, { method, path, body }) => {
      // A person takes the name between our reading and our write.
      if (phase !== 'before' || method !== 'POST' || !path.includes('/virtual-machines/')) return
      if (!Array.isArray(body)) return
      unhook()
      netbox.state.handle({
        method: 'POST',
        path: '/api/virtualization/virtual-machines/',
        isTrusted: true,
        body: { name: last.config.name, cluster: body[0].cluster, site: body[0].site }
      })
    })
    const next = await journey.sync()
    warns(t, next, 'ITEM_REFUSED', { row: 'late', says: ['NetBox Endpoint nb', 'late', 'Correct'] })
    t.equal(next.run.state.value, 'degraded')
  })
  await t.test('what can do without what NetBox refuses', async (t) => {
    await journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { platform_create: true })
    await create('extras/custom-fields/', {
      ...{ name: 'owner', type: 'text', required: true },
      object_types: ['dcim.platform']
    })
    const fresh = addGuest(world, { config: { name: 'fresh' } })
    Object.assign(fresh.osInfo, { id: 'plan9', versionId: '4' })
    const next = await journey.sync()
    warns(t, next, 'ITEM_REFUSED', {
      row: 'plan9 4',
      says: ['platform plan9 4 was refused', 'owner']
    })
    warns(t, next, 'ITEM_REFUSED', {
      row: 'fresh',
      says: [
        'NetBox Endpoint nb',
        'platform of vm fresh was left out',
        'refers to platform plan9 4'
      ]
    })
    t.equal(next.run.state.value, 'degraded')
    const vm = vms().find(({ name }) => name === 'fresh')
    t.match(vm, { platform: null, memory: Number(fresh.config.memory) })
    t.not(vm?.primary_ip4, null, 'all that hangs on it is there')
    const changes = await listAll<ChangeRow>(journey, `/runs/${next.run.id}/changes/`)
    t.match(
      changes.find(({ kind, label }) => kind === 'vm' && label === 'fresh'),
      { action: 'create', outcome: 'skipped', detail: /^platform refers to platform plan9 4/ }
    )
    netbox.requests.clear()
    const idle = await journey.sync()
    t.equal(netbox.requests.counts().writes, 0, 'nothing has waited for the next Run')
    t.equal(idle.run.state.value, 'degraded')
  })
  t.ok(objects() > before, 'nothing was deleted')
  t.equal(vms().length >= world.guests.length, true)
})
