import type { Run } from '@proxbox/contracts'
import {
  createWorld,
  removeGuest,
  renameGuest,
  setConfig,
  type World
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import { type Journey, listAll, openJourney, prefix } from '../src/journey.ts'
import { soon } from '../src/soon.ts'

interface Row {
  readonly id: number
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly code?: string
  readonly state?: string
  readonly field?: string | null
  readonly outcome?: string
  readonly guard?: string | null
  readonly decisions?: readonly { readonly decision: string }[]
}

const list = (journey: Journey, path: string) => listAll<Row>(journey, path)

async function lab(guests: number) {
  const journey = await openJourney()
  const world = createWorld({ guests, nodes: 2, seed: 21, simple: true, clusterName: 'lab' })
  const proxmox = await journey.proxmox(world)
  const netbox = await journey.netbox()
  const first = await journey.sync()
  if (first.run.state.value !== 'succeeded') throw new Error(JSON.stringify(first.run.errors))
  const vms = () => netbox.state.dump()['virtualization.virtualmachine'] ?? []
  const edit = (name: unknown, body: object) => {
    const id = vms().find((vm) => vm.name === name)?.id
    const path = `/api/virtualization/virtual-machines/${id}/`
    const { status } = netbox.state.handle({ method: 'PATCH', path, body })
    if (status !== 200) throw new Error(`NetBox answered ${status}`)
  }
  return { journey, world, proxmox, netbox, vms, edit }
}

const guestOf = (world: World, index: number) => {
  const guest = world.guests[index]
  if (guest === undefined) throw new Error('the world has more guests')
  return guest
}

t.test('more than a budget waits for a person, the rest is written', async (t) => {
  const { journey, world, netbox, vms } = await lab(16)
  t.teardown(() => journey.close())
  for (const { vmid } of world.guests.slice(0, 12)) renameGuest(world, vmid, `renamed-${vmid}`)
  const other = guestOf(world, 14)
  setConfig(world, other.vmid, 'cores', 7)
  const held = await journey.sync()
  t.equal(held.run.state.value, 'awaiting_approval', JSON.stringify(held.run.errors))
  t.equal(held.run.held, 12)
  t.equal(held.run.plan, 12)
  t.match(held.run.waiting_for, { reason: /approv/ })
  const names = () => vms().filter((vm) => String(vm.name).startsWith('renamed-')).length
  t.equal(names(), 0, 'nothing of that sort is written in part')
  const cores = vms().find((vm) => vm.name === other.config.name)?.vcpus
  t.equal(Number(cores), 7, 'what is within the budget is written')
  const rows = await list(journey, `/runs/${held.run.id}/changes/?outcome=held`)
  t.same(new Set(rows.map(({ guard }) => guard)), new Set(['budget']))
  const told = await journey.follow(
    await journey.want<Run>('POST', `/runs/${held.run.id}/approve/`, {})
  )
  t.equal(told.run.state.value, 'succeeded', JSON.stringify(told.run.errors))
  t.match(told.run, { parent: held.run.id, mode: { value: 'apply' } })
  t.equal(names(), 12)
  netbox.requests.clear()
  const quiet = await journey.sync()
  t.equal(quiet.run.state.value, 'succeeded')
  t.equal(netbox.requests.counts().writes, 0)
})

t.test('a guest that is gone is marked, comes back, and never goes at once', async (t) => {
  const { journey, world, netbox, vms } = await lab(8)
  t.teardown(() => journey.close())
  const gone = guestOf(world, 0)
  removeGuest(world, gone.vmid)
  await journey.sync()
  const vm = () => vms().find(({ name }) => name === gone.config.name)
  t.match(vm(), { status: 'decommissioning' })
  netbox.requests.clear()
  await journey.sync()
  t.equal(netbox.requests.counts().writes, 0, 'marked once')
  world.guests.unshift(gone)
  const back = await journey.sync()
  t.equal(back.run.state.value, 'succeeded', JSON.stringify(back.run.errors))
  t.not(vm()?.status, 'decommissioning')
})

t.test(
  'deleted only where that is wanted, when its time is over; an undo brings it back',
  async (t) => {
    const { journey, world, netbox, vms } = await lab(8)
    t.teardown(() => journey.close())
    await journey.want('PATCH', '/settings/', { retire_after_days: 0 })
    const gone = guestOf(world, 0)
    const full = vms().length
    removeGuest(world, gone.vmid)
    await journey.sync()
    await journey.sync()
    t.equal(vms().length, full, 'kept by default')
    await journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { missing_policy: 'delete' })
    const vm = vms().find(({ name }) => name === gone.config.name)
    const note = {
      assigned_object_type: 'virtualization.virtualmachine',
      assigned_object_id: vm?.id
    }
    const body = { ...note, comments: 'ask before deletion' }
    const written = netbox.state.handle({
      method: 'POST',
      path: '/api/extras/journal-entries/',
      body
    })
    t.equal(written.status, 201)
    await journey.sync()
    t.equal(vms().length, full, 'a journal entry of a person keeps it')
    const entry = Reflect.get(Object(written.body), 'id')
    netbox.state.handle({ method: 'DELETE', path: `/api/extras/journal-entries/${entry}/` })
    const before = JSON.stringify(vm)
    netbox.requests.clear()
    const deleting = await journey.sync()
    t.equal(vms().length, full - 1, JSON.stringify(deleting.run.errors))
    t.equal(netbox.requests.counts().writes, 1, 'its parts go with it')
    const left = await list(journey, `/items/?q=${gone.config.name}`)
    t.same(
      left.filter(({ kind }) => kind !== 'ip-address'),
      [],
      'and are not known any more'
    )
    const undone = await journey.follow(
      await journey.want<Run>('POST', `/runs/${deleting.run.id}/undo/`, {})
    )
    t.equal(undone.run.state.value, 'succeeded', JSON.stringify(undone.run.errors))
    const again = vms().find(({ name }) => name === gone.config.name)
    const facts = ({ memory, vcpus, disk, comments }: Record<string, unknown>) =>
      JSON.stringify({ memory, vcpus, disk, comments })
    t.equal(facts(again ?? {}), facts(JSON.parse(before)), 'with all fields that we held')
  }
)

t.test('changed on both sides: a conflict, decided once, answered from then on', async (t) => {
  const { journey, world, netbox, vms, edit } = await lab(6)
  t.teardown(() => journey.close())
  const guest = guestOf(world, 0)
  const before = guest.config.name
  renameGuest(world, guest.vmid, 'by-proxmox')
  edit(before, { name: 'by-hand' })
  const told = await journey.sync()
  t.ok(
    vms().some(({ name }) => name === 'by-hand'),
    'NetBox’s value stays'
  )
  const open = await list(journey, '/conflicts/?state=open')
  t.match(open, [{ field: 'name', code: 'both-changed', state: 'open' }])
  const [conflict] = open
  if (conflict === undefined) throw new Error(JSON.stringify(told.run.errors))
  const unknown = await journey.ask('POST', `${prefix}/conflicts/${conflict.id}/decide/`, {
    decision: 'perhaps'
  })
  t.equal(unknown.status, 400)
  t.match(unknown.body, { code: 'DECISION_UNKNOWN', detail: /perhaps/ })
  await journey.want('POST', `/conflicts/${conflict.id}/decide/`, { decision: 'proxmox' })
  await journey.sync()
  t.ok(
    vms().some(({ name }) => name === 'by-proxmox'),
    'the decision is done'
  )
  netbox.requests.clear()
  await journey.sync()
  t.equal(netbox.requests.counts().writes, 0)
  t.same(await list(journey, '/conflicts/?state=open'), [])
})

t.test('explain tells value, source, Run, and why something was not changed', async (t) => {
  const { journey, world, edit } = await lab(4)
  t.teardown(() => journey.close())
  const guest = guestOf(world, 0)
  edit(guest.config.name, { comments: 'by hand' })
  setConfig(world, guest.vmid, 'cores', 3)
  await journey.sync()
  const items = await list(journey, '/items/?kind=vm')
  const item = items.find(({ label }) => label === guest.config.name)
  const cores = await journey.want<{ fields: unknown[] }>(
    'GET',
    `/items/${item?.id}/explain/?field=vcpus`
  )
  t.match(cores.fields, [
    { field: 'vcpus', value: Number, written: { policy: 'source', run_id: String }, text: /\./ }
  ])
  const wrong = await journey.ask('GET', `${prefix}/items/${item?.id}/explain/?field=colour`)
  t.equal(wrong.status, 400)
})

t.test('a Plan as JSON with its SHA-256, and as Markdown', async (t) => {
  const { journey, world } = await lab(4)
  t.teardown(() => journey.close())
  setConfig(world, guestOf(world, 0).vmid, 'cores', 3)
  const planned = await journey.sync({ mode: 'plan' })
  const plan = await journey.want<{ sha256: string; results: unknown[] }>(
    'GET',
    `/runs/${planned.run.id}/plan/`
  )
  t.match(plan, { sha256: /^[0-9a-f]{64}$/, count: 1, next: null })
  t.match(plan.results, [{ change: { kind: 'vm', after: { vcpus: Number } } }])
  const file = await fetch(`${journey.stack.url}${prefix}/runs/${planned.run.id}/plan/?format=md`, {
    headers: { authorization: `Token ${journey.stack.adminToken}` },
    signal: AbortSignal.timeout(20_000)
  })
  t.match(file.headers.get('content-type'), 'text/markdown')
  const text = await file.text()
  t.ok(text.startsWith(`# Plan of Run ${planned.run.id} for `), text.slice(0, 80))
  t.match(text, /vcpus/)
})

t.test('a gap can be acknowledged until a date', async (t) => {
  const { journey, proxmox, world } = await lab(4)
  t.teardown(() => journey.close())
  proxmox.faults.add({ kind: 'truncated', on: `/${guestOf(world, 0).vmid}/config` })
  const degraded = await journey.sync()
  t.equal(degraded.run.state.value, 'degraded')
  const gaps = await list(journey, '/gaps/?open=true')
  t.ok(gaps.length > 0)
  const until = new Date(Date.now() + 86_400_000).toISOString()
  for (const gap of gaps) await journey.want('POST', `/gaps/${gap.id}/acknowledge/`, { until })
  const calm = await journey.sync()
  t.equal(calm.run.state.value, 'succeeded', JSON.stringify(calm.run.errors))
  t.notOk(calm.run.errors.some(({ code }) => code === 'GAP'))
  const known = degraded.run.errors_total - gaps.length
  t.equal(calm.run.errors_total, known, 'what is known is no error')
  t.equal(calm.run.gaps.length, degraded.run.gaps.length, 'the Run lists it')
  t.ok(calm.run.gaps.every(({ acknowledged }) => acknowledged === true))
  t.equal((await list(journey, '/gaps/?open=true')).length, gaps.length, 'it stays listed')
})

t.test('gaps end with the Endpoint that they were under', async (t) => {
  const { journey, proxmox } = await lab(2)
  t.teardown(() => journey.close())
  proxmox.faults.add({ kind: 'truncated', on: '/config' })
  const other = (seed: number) =>
    createWorld({ guests: 1, nodes: 1, seed, simple: true, clusterName: `far-${seed}` })
  const [read, unread] = [await journey.proxmox(other(31)), await journey.proxmox(other(32))]
  read.faults.add({ kind: 'truncated', on: '/config' })
  unread.faults.add({ kind: 'truncated', on: '/version' })
  await journey.sync()
  /** Where something is unread: ids of clusters and names of Endpoints. */
  const open = async () =>
    new Set(
      (await listAll<{ cluster: string }>(journey, '/gaps/?open=true')).map(
        ({ cluster }) => cluster
      )
    ).size
  const becomes = (wanted: number) => soon(open, (found) => found === wanted)
  t.equal(await open(), 3, 'two clusters, and an Endpoint of which nothing is known')
  await journey.want('PATCH', `/proxmox-endpoints/${read.id}/`, { enabled: false })
  t.equal(await becomes(2), 2, 'disabled')
  await journey.want('DELETE', `/proxmox-endpoints/${unread.id}/`)
  t.equal(await becomes(1), 1, 'removed')
  await journey.sync()
  t.equal(await open(), 1, 'the one in use is still unread')
  await journey.want('DELETE', `/proxmox-endpoints/${proxmox.id}/`)
  t.equal(await becomes(0), 0, 'none is left, and no Run is needed')
})
