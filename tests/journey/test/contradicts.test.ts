import {
  createWorld,
  openProxmoxServer,
  type ProxmoxServer,
  type World
} from '@proxbox/simulator/proxmox'
import t, { type Test } from 'tap'
import { type Journey, listAll, openJourney } from '../src/journey.ts'
import { soon } from '../src/soon.ts'
import { mustSay as say } from '../src/type-command.ts'

interface Row {
  readonly id: number
  readonly key: string
  readonly state: string
  readonly detail: string
  readonly netbox_id: number | null
  readonly decisions: readonly { readonly decision: string; readonly does: string }[]
}

const worldOf = (clusterName: string, seed: number, addressBase: number) =>
  createWorld({ guests: 6, nodes: 2, seed, simple: true, clusterName, addressBase })

/** The same guests on the same nodes; the simulator gives each world a CA of its own. */
const renewed = (world: World, clusterName: string): World => ({
  ...structuredClone(world),
  ...{ clusterName, certificates: null }
})

/** One Endpoint, at whose address one server after the other answers. */
async function openLab(first: World) {
  const journey = await openJourney()
  const netbox = await journey.netbox()
  // One for all: a default site is named after its cluster, and a cluster that moves waits for a person.
  const site = { name: 'Hall 1', slug: 'hall-1' }
  netbox.state.handle({ method: 'POST', path: '/api/dcim/sites/', body: site })
  let server: ProxmoxServer = await openProxmoxServer({ world: first })
  const facts = () => ({
    ...{ username: server.username, token_name: server.tokenName, token_value: server.tokenValue },
    ca_certificate: server.caCertificate
  })
  const { port } = server
  const address = { name: 'edge', domain: '127.0.0.1', port }
  const { id } = await journey.want<{ id: number }>('POST', '/proxmox-endpoints/', {
    ...address,
    ...facts()
  })
  return {
    journey,
    netbox,
    id,
    async swap(world: World) {
      await server.close()
      server = await openProxmoxServer({ world, port })
      await journey.want('PATCH', `/proxmox-endpoints/${id}/`, facts())
    },
    stopServer: () => server.close(),
    sync: (request: object = {}) => {
      netbox.requests.clear()
      return journey.sync(request)
    },
    vms: () => netbox.state.dump()['virtualization.virtualmachine'] ?? [],
    async close() {
      await server.close()
      await journey.close()
    }
  }
}
type Lab = Awaited<ReturnType<typeof openLab>>

const conflicts = (journey: Journey, state: string) =>
  listAll<Row>(journey, `/conflicts/?code=cluster-contradicts&state=${state}`)

/** A Run that finds a contradiction: it writes nothing, and one question is open. */
async function asked(t: Test, { journey, netbox, sync }: Lab): Promise<Row> {
  const { run } = await sync()
  t.equal(run.state.value, 'degraded', JSON.stringify(run.errors))
  t.equal(netbox.requests.counts().writes, 0, 'nothing of it is written')
  const told = /^Proxmox Endpoint edge: cluster \w+ contradicts .*"proxbox conflicts"/
  t.match(run.gaps, [{ detail: told }])
  t.equal(run.gaps.length, 1)
  const open = await conflicts(journey, 'open')
  const [question] = open
  if (question === undefined || open.length !== 1)
    throw new Error(`${open.length} questions: ${JSON.stringify(run.errors)}`)
  return question
}

/** A person types the command that `conflicts show` offers. */
async function decide({ journey }: Lab, { id }: Row, word: string): Promise<string> {
  const page = await say(journey, `conflicts show ${id}`)
  const line = new RegExp(`proxbox (conflicts decide ${id} ${word}:\\S+)`).exec(page)?.[1]
  if (line === undefined) throw new Error(`no ${word} in ${page}`)
  return await say(journey, line)
}

const closed = async (t: Test, { journey }: Pick<Lab, 'journey'>): Promise<void> => {
  const isEmpty = (rows: readonly unknown[]) => rows.length === 0
  t.same(await soon(() => conflicts(journey, 'open'), isEmpty), [])
  t.same(await soon(() => listAll<Row>(journey, '/gaps/?open=true'), isEmpty), [])
}

t.test('the same cluster with a new CA and a new name: asked once, kept whole', async (t) => {
  const world = worldOf('lab', 21, 10)
  const after = renewed(world, 'lab2')
  const lab = await openLab(world)
  t.teardown(() => lab.close())
  const { journey, netbox, sync } = lab
  const third = await journey.proxmox(worldOf('third', 23, 30))
  await sync()
  const before = lab.vms().map(({ id, name }) => ({ id, name }))
  await lab.swap(after)
  const question = await asked(t, lab)
  t.match(await say(journey, 'conflicts'), /cluster-contradicts +cluster lab /)
  t.match(question, { key: /^cluster:c[a-z0-9]{8}$/, netbox_id: Number })

  await sync({ proxmox_endpoint_ids: [third.id] })
  t.equal((await conflicts(journey, 'open')).length, 1, 'a narrowed Run ends nothing elsewhere')
  await sync({ proxmox_endpoint_ids: [lab.id] })
  t.equal((await conflicts(journey, 'open')).length, 1, 'one that looks there asks too')
  await lab.stopServer()
  const { run: blind } = await sync()
  t.match(blind, { state: { value: 'degraded' }, gaps: [{ reason: 'offline' }] })
  t.equal((await conflicts(journey, 'open')).length, 1, 'nor does one that cannot look there')
  await lab.swap(after)

  t.match(await decide(lab, question, 'same'), /is decided.*asked about anew/s)
  const { run } = await sync()
  t.equal(run.state.value, 'succeeded', JSON.stringify(run.errors))
  t.equal(netbox.requests.counts().delete, 0)
  t.same(
    lab.vms().map(({ id, name }) => ({ id, name })),
    before,
    'every guest is the one it was'
  )
  const clusters = netbox.state.dump()['virtualization.cluster'] ?? []
  t.same(clusters.map(({ name }) => name).sort(), ['lab2', 'third'])
  await closed(t, lab)
  await sync()
  t.equal(netbox.requests.counts().writes, 0)

  await lab.swap(world)
  const again = await asked(t, lab)
  t.match(again, { id: question.id, key: question.key, state: 'open' }, 'it is asked anew')
  await lab.swap(after)
  await sync()
  t.match(await conflicts(journey, 'gone'), [{ id: question.id }], 'it went away by itself')
  await closed(t, lab)
})

t.test(
  'another cluster behind the address: it gets an id, the old one is left alone',
  async (t) => {
    const world = worldOf('lab', 21, 10)
    const other = worldOf('other', 22, 20)
    const lab = await openLab(world)
    t.teardown(() => lab.close())
    const { journey, netbox, sync } = lab
    await sync()
    const before = JSON.stringify(lab.vms())
    await lab.swap(other)
    const question = await asked(t, lab)
    await decide(lab, question, 'hold')
    const held = await sync()
    t.equal(held.run.state.value, 'degraded')
    t.equal(netbox.requests.counts().writes, 0)
    t.match(held.run.gaps, [{ detail: /held as a person has decided/ }])
    t.match(await conflicts(journey, 'decided'), [{ id: question.id }], 'held is not asked again')

    await decide(lab, question, 'another')
    const { run } = await sync()
    t.equal(run.state.value, 'succeeded', JSON.stringify(run.errors))
    t.equal(netbox.requests.counts().delete, 0)
    t.equal(JSON.stringify(lab.vms().slice(0, world.guests.length)), before, 'the old one stays')
    t.equal(lab.vms().length, world.guests.length + other.guests.length)
    await closed(t, lab)
    await sync()
    t.equal(netbox.requests.counts().writes, 0)

    await lab.swap(world)
    const back = await asked(t, lab)
    t.not(back.key, question.key, 'now the other one is in question')
    t.notOk(back.decisions.some(({ decision }) => decision.startsWith('same')))
    await decide(lab, back, 'another')
    const full = JSON.stringify(lab.vms())
    const home = await sync()
    t.equal(home.run.state.value, 'succeeded', JSON.stringify(home.run.errors))
    t.equal(JSON.stringify(lab.vms()), full, 'its guests are those that were there')
    await closed(t, lab)
  }
)

t.test('another by mistake is taken back: the guests are those that were there', async (t) => {
  const world = worldOf('lab', 21, 10)
  const lab = await openLab(world)
  t.teardown(() => lab.close())
  const { journey, netbox, sync } = lab
  await sync()
  const before = lab.vms().map(({ id, name }) => ({ id, name }))
  await lab.swap(renewed(world, 'lab2'))
  const question = await asked(t, lab)
  await decide(lab, question, 'another')
  await sync()
  const twice = lab.vms()
  t.equal(twice.length, 2 * before.length, 'taken for guests of another cluster')
  t.match(await say(journey, 'conflicts --all'), /decided +cluster-contradicts +cluster lab /)

  await decide(lab, question, 'same')
  const { run } = await sync()
  t.equal(run.state.value, 'succeeded', JSON.stringify(run.errors))
  const { post, delete: deleted } = netbox.requests.counts()
  t.same({ post, deleted }, { post: 0, deleted: 0 })
  t.same(run.counts.vm?.count, before.length, 'those of the younger id are compared no more')
  t.same(
    lab.vms().map(({ id, name }) => ({ id, name })),
    twice.map(({ id, name }) => ({ id, name }))
  )
  await closed(t, lab)
  await sync()
  t.equal(netbox.requests.counts().writes, 0)
})

t.test('two Endpoints whose cluster turns out to be one: told, and settled by same', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = worldOf('lab', 21, 10)
  const [first, second] = [
    await journey.proxmox(world, { name: 'first' }),
    await journey.proxmox(world, { name: 'second' })
  ]
  const netbox = await journey.netbox()
  first.faults.add({ kind: 'forbidden', on: '/certificates/info' })
  await journey.sync()
  const vms = () => netbox.state.dump()['virtualization.virtualmachine']?.length
  const written = vms()
  t.equal(written, 2 * world.guests.length, 'nothing says that they are one')

  first.faults.clear()
  const { run: held } = await journey.sync()
  t.match(held.gaps, [{ detail: /Endpoint first: cluster lab contradicts .*"proxbox conflicts"/ }])
  const [question] = await conflicts(journey, 'open')
  t.match(question, {
    detail: /whose CA was never read/,
    decisions: [{ decision: /^same:/, does: /are one/ }, {}, {}]
  })
  const decision = question?.decisions[0]?.decision
  await say(journey, `conflicts decide ${question?.id} ${decision}`)
  netbox.requests.clear()
  const { run } = await journey.sync()
  t.equal(run.state.value, 'succeeded', JSON.stringify(run.errors))
  t.equal(run.counts.disk?.count, world.guests.length, 'one cluster, read by two Endpoints')
  const { post, delete: deleted } = netbox.requests.counts()
  t.same({ post, deleted }, { post: 0, deleted: 0 })
  t.equal(vms(), written)
  await closed(t, { journey })
  netbox.requests.clear()
  await journey.sync({ proxmox_endpoint_ids: [second.id] })
  await journey.sync()
  t.equal(netbox.requests.counts().writes, 0)
})
