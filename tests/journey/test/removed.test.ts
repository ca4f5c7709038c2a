import { addGuest, createWorld, renameGuest, type World } from '@proxbox/simulator/proxmox'
import t, { type Test } from 'tap'
import { type Journey, listAll, openJourney } from '../src/journey.ts'
import { soon } from '../src/soon.ts'
import { mustSay } from '../src/type-command.ts'

interface Item {
  readonly key: string
  readonly netbox: string
  readonly netbox_id: number | null
  readonly origin: string
}

/** A NetBox with a conflict about a name, and a guest that it refuses. */
async function openWaiting() {
  const journey = await openJourney()
  const world = createWorld({ guests: 4, nodes: 1, seed: 8, simple: true, clusterName: 'lab' })
  await journey.proxmox(world)
  const netbox = await journey.netbox({ name: 'main' })
  await journey.sync()
  const asPerson = (method: 'POST' | 'PATCH', path: string, body: object) => {
    const { status } = netbox.state.handle({ method, path: `/api/${path}`, body })
    if (status >= 300) throw new Error(`${method} ${path}: NetBox answered ${status}`)
  }
  asPerson('POST', 'extras/custom-fields/', {
    ...{ name: 'contact', type: 'text', required: true },
    object_types: ['virtualization.virtualmachine']
  })
  addGuest(world, { config: { name: 'fresh' } })
  renameBothWays(world, (name, body) => {
    const vms = netbox.state.dump()['virtualization.virtualmachine'] ?? []
    const id = vms.find((vm) => vm.name === name)?.id
    asPerson('PATCH', `virtualization/virtual-machines/${id}/`, body)
  })
  const { run } = await journey.sync()
  if (run.state.value !== 'degraded') throw new Error(JSON.stringify([run.state, run.errors]))
  return { journey, netbox }
}

function renameBothWays(world: World, edit: (name: unknown, body: object) => void): void {
  const [guest] = world.guests
  if (guest === undefined) throw new Error('the world has guests')
  edit(guest.config.name, { name: 'by-hand', custom_fields: { contact: 'Ada' } })
  renameGuest(world, guest.vmid, 'by-proxmox')
}

const wait = { conflicts: /both-changed +vm by-hand, name/, quarantine: /vm +fresh +create/ }

async function waits(t: Test, journey: Journey, why: string) {
  t.match(await mustSay(journey, 'conflicts'), wait.conflicts, why)
  t.match(await mustSay(journey, 'quarantine'), wait.quarantine, why)
}

/** Both commands have nothing to tell; it takes a moment. */
async function calmsDown(t: Test, journey: Journey) {
  const said = async () => [
    (await mustSay(journey, 'conflicts')).trim(),
    (await mustSay(journey, 'quarantine')).trim()
  ]
  const wanted = ['No conflict waits for a decision.', 'NetBox has refused nothing.']
  t.same(await soon(said, (found) => found.join() === wanted.join()), wanted)
}

t.test('a NetBox Endpoint is removed and added again', async (t) => {
  const { journey, netbox } = await openWaiting()
  t.teardown(() => journey.close())
  const items = async () => {
    const rows = await listAll<Item>(journey, '/items/')
    return rows.filter((row) => row.netbox !== '')
  }
  const known = (rows: readonly Item[]) =>
    rows
      .filter((row) => row.netbox_id !== null)
      .map(({ netbox: of, key, netbox_id: id, origin }) => [of, key, id, origin].join(' '))
      .sort()
  const before = await items()
  t.ok(before.some(({ netbox_id: id }) => id === null))

  await t.test('what waits there goes on waiting while an Endpoint is for it', async (t) => {
    const second = await journey.addNetBox(netbox, { name: 'second', domain: 'localhost' })
    const asked = await journey.sync({ netbox_endpoint_ids: [second] })
    t.match(asked.run.error, { code: 'NETBOX_OWNED' })
    await mustSay(journey, `endpoint take-over ${second} --as same`)
    await journey.want('PATCH', `/netbox-endpoints/${second}/`, { enabled: false })
    await journey.want('DELETE', `/netbox-endpoints/${netbox.id}/`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await waits(t, journey, 'the other one is disabled and not removed')
    await journey.want('DELETE', `/netbox-endpoints/${second}/`)
  })
  await t.test('and ends with the last one', async (t) => {
    await calmsDown(t, journey)
    const after = await items()
    t.same(known(after), known(before), 'the Ledger stays')
    t.notOk(after.some(({ netbox_id: id }) => id === null))
  })
  await t.test('the next Endpoint for it finds its Ledger, and what waited', async (t) => {
    netbox.requests.clear()
    await journey.addNetBox(netbox, { name: 'again' })
    const { run } = await journey.sync()
    t.equal(run.state.value, 'degraded', JSON.stringify(run.error))
    await waits(t, journey, 'told by its first Run')
    t.same(known(await items()), known(before), 'nothing is met for the first time')
    const { writes } = netbox.requests.counts()
    t.equal(writes, 1, 'but for what NetBox refuses nothing is sent')
  })
})
