import { openBus } from '@proxbox/bus'
import { addressPatienceHours, type Run, type SeenAddress, waitsUntil } from '@proxbox/contracts'
import { addGuest, createWorld } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { listAll, openJourney, type Told } from '../src/journey.ts'

interface Item {
  readonly id: number
  readonly key: string
  readonly label: string
  readonly netbox: string
  readonly netbox_id: number | null
}
interface Change {
  readonly key: string
  readonly after: Record<string, unknown>
}

const six = '2001:db8::5'
const mac = 'BC:24:11:00:AA:05'

/** Guest 900, which tells an IPv6 address that nothing configures. */
function worldWithSix() {
  const world = createWorld({ guests: 2, nodes: 1, seed: 5, simple: true, clusterName: 'lab' })
  addGuest(world, {
    vmid: 900,
    type: 'qemu',
    node: world.nodes[0]?.name ?? '',
    config: { name: 'web', net0: `virtio=${mac},bridge=vmbr0` },
    interfaces: [
      {
        ...{ name: 'eth0', mac: mac.toLowerCase() },
        addresses: [
          { address: '10.7.0.5', family: 4, prefix: 24 },
          { address: six, family: 6, prefix: 64 }
        ]
      }
    ]
  })
  return world
}

const waitingStep = ({ events }: Told) =>
  events.filter(({ event, data }) => event === 'step' && data.step === 'waiting')

t.test('an IPv6 address that only a guest tells, on a NetBox that only plans', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  await journey.proxmox(worldWithSix())
  const netbox = await journey.netbox({ write_mode: undefined, vlan_create: true })
  const hosts = () =>
    (netbox.state.dump()['ipam.ipaddress'] ?? []).map(({ address }) => String(address))
  const items = () => listAll<Item>(journey, `/items/?q=${encodeURIComponent(six)}`)
  const changesOf = ({ run }: Told) => listAll<Change>(journey, `/runs/${run.id}/changes/`)
  const approve = async ({ run }: Told) =>
    journey.follow(await journey.want<Run>('POST', `/runs/${run.id}/approve/`, {}))

  const first = await journey.sync()
  await t.test('waits, says so, and is nothing to worry about', async (t) => {
    t.equal(first.run.state.value, 'awaiting_approval')
    t.same([first.run.errors, first.run.gaps, first.run.held], [[], [], 0])
    const [step] = waitingStep(first)
    t.match(step?.data, { status: 'completed' })
    t.match(step?.data.message, new RegExp(`${six}/64 of web net0 until \\d{4}-`))
    t.notOk((await changesOf(first)).some(({ key }) => key.endsWith(six)))
    t.equal((await approve(first)).run.state.value, 'succeeded')
    t.ok(hosts().includes('10.7.0.5/24'))
    t.notOk(hosts().some((host) => host.startsWith(six)))
    const again = await journey.sync()
    t.equal(again.run.state.value, 'succeeded', 'there is nothing to plan')
    t.equal(waitingStep(again)[0]?.data.message, step?.data.message, 'nor another time to wait for')
  })

  const [item] = await items()
  await t.test('can be asked about', async (t) => {
    t.match(item, { label: `${six}/64`, netbox_id: null })
    const told = await journey.want<{ waits: { since: string; until: string } }>(
      'GET',
      `/items/${item?.id}/explain/`
    )
    t.equal(told.waits.until, waitsUntil(told.waits.since))
    t.match(told, { fields: [{ field: 'address', text: /web net0 tells .* not before / }] })
  })

  // A Run of yesterday would have stored this.
  const { natsUrl, nkeySeeds } = journey.stack
  const nkeySeed = nkeySeeds.collector
  const bus = await openBus({ url: natsUrl, service: 'collector', nkeySeed })
  t.teardown(() => bus.close())
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const key = item?.key ?? ''
  const seen: SeenAddress = {
    ...{ key, label: `${six}/64`, holder: 'web net0', since: hoursAgo(addressPatienceHours + 1) }
  }
  const writer = { netbox: item?.netbox, run_id: 'run-yesterday', attempt: 1 }
  await bus.ask('recordSeenAddresses', { body: { ...writer, begun: [seen], ended: [] } })

  await t.test('is planned a day later, and primary', async (t) => {
    await journey.sync()
    const later = await journey.sync()
    t.equal(later.run.state.value, 'awaiting_approval', 'however often it is planned')
    t.same(waitingStep(later), [])
    const changes = await changesOf(later)
    t.same(changes.map((change) => change.key).sort(), [key, key.replace(/^ip:|\/net0.*$/g, '')])
    t.equal((await approve(later)).run.state.value, 'succeeded')
    t.ok(hosts().includes(`${six}/64`))
    t.match(await items(), [{ id: item?.id, netbox_id: Number }])
    t.match(await journey.want('GET', `/items/${item?.id}/explain/`), { waits: null })
    t.equal((await journey.sync()).run.state.value, 'succeeded')
  })
})
