import type { Run } from '@proxbox/contracts'
import { addGuest, createWorld, renameGuest, setConfig } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { listAll, openJourney, prefix } from '../src/journey.ts'

interface ChangeRow {
  readonly kind: string
  readonly action: string
  readonly label: string
  readonly before: Record<string, unknown>
  readonly after: Record<string, unknown>
  readonly why: Record<string, { reason: string; policy: string }>
}

t.test('a NetBox in write_mode plan', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 12, nodes: 2, seed: 5, simple: true, clusterName: 'lab' })
  await journey.proxmox(world)
  // `plan` is the default: what the caller does not say must not write.
  const netbox = await journey.netbox({ write_mode: undefined })
  const vms = () => netbox.state.dump()['virtualization.virtualmachine'] ?? []
  const edit = async (path: string, body: object) => {
    const response = await fetch(netbox.url + path, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${netbox.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    t.equal(response.status, 200, 'a person edits NetBox')
  }

  const first = await journey.sync()
  await t.test('a Run only reads and waits', async (t) => {
    t.equal(first.run.state.value, 'awaiting_approval')
    t.match(first.run.waiting_for, { reason: String })
    t.match(first.complete, { ok: true, result: { outcome: 'awaiting_approval' } })
    const { writes, reads } = netbox.requests.counts()
    t.equal(writes, 0)
    t.ok(reads > 0)
    t.strictSame(
      Object.values(netbox.state.dump()).filter((rows) => rows.length > 0),
      [],
      'NetBox is empty'
    )
  })

  await t.test('its Changes say before, after and why', async (t) => {
    const changes = await listAll<ChangeRow>(journey, `/runs/${first.run.id}/changes/`)
    t.equal(changes.length, first.run.plan)
    const ofVms = changes.filter((change) => change.kind === 'vm')
    t.equal(ofVms.length, world.guests.length)
    for (const change of ofVms) {
      t.equal(change.action, 'create')
      t.ok(world.guests.some((guest) => guest.config.name === change.label))
      t.equal(change.after.name, change.label)
      const reasons = Object.keys(change.after).map((field) => change.why[field]?.reason ?? '')
      if (reasons.some((reason) => reason === '')) t.fail(`${change.label} has a field without why`)
    }
  })

  await t.test('approve writes exactly that', async (t) => {
    const parent = first.run.id
    const run = await journey.want<Run>('POST', `/runs/${parent}/approve/`, {})
    const told = await journey.follow(run)
    t.equal(told.run.state.value, 'succeeded', JSON.stringify(told.run.errors))
    t.match(told.run, { parent, mode: { value: 'apply' } })
    t.equal(vms().length, world.guests.length)
    const again = await journey.ask('POST', `${prefix}/runs/${parent}/approve/`, {})
    t.equal(again.status, 409, 'a Plan is approved once')
    const next = await journey.sync()
    t.equal(next.run.state.value, 'succeeded', 'nothing is left to plan')
    t.equal(next.run.plan ?? 0, 0)
  })

  await t.test('what moved in between is left out and named', async (t) => {
    const [one, two] = world.guests
    if (one === undefined || two === undefined) throw new Error('the world has guests')
    setConfig(world, one.vmid, 'cores', 5)
    setConfig(world, two.vmid, 'cores', 6)
    const planned = await journey.sync()
    t.equal(planned.run.state.value, 'awaiting_approval')
    t.equal(planned.run.plan, 2)
    const moved = vms().find((vm) => vm.name === one.config.name)
    await edit(`/api/virtualization/virtual-machines/${moved?.id}/`, { vcpus: 3 })
    netbox.requests.clear()
    const run = await journey.want<Run>('POST', `/runs/${planned.run.run_id}/approve/`, {})
    const told = await journey.follow(run)
    t.equal(told.run.state.value, 'degraded')
    const warning = told.events.find((event) => event.data.code === 'ITEM_MOVED')
    t.match(warning?.data, { status: 'warning', rowid: one.config.name, step: 'vm' })
    t.match(told.complete.errors, [{ code: 'ITEM_MOVED' }])
    const vcpus = (name: unknown) => Number(vms().find((vm) => vm.name === name)?.vcpus)
    t.equal(vcpus(one.config.name), 3, 'the person’s number stays')
    t.equal(vcpus(two.config.name), 6, 'the rest is written')
    t.equal(netbox.requests.counts().writes, 1)
  })

  await t.test('what appeared after the Plan is not written', async (t) => {
    const [, , three] = world.guests
    if (three === undefined) throw new Error('the world has guests')
    renameGuest(world, three.vmid, 'renamed')
    const planned = await journey.sync()
    const late = addGuest(world)
    const run = await journey.want<Run>('POST', `/runs/${planned.run.id}/approve/`, {})
    await journey.follow(run)
    const names = vms().map((vm) => vm.name)
    t.ok(names.includes('renamed'))
    t.notOk(names.includes(String(late.config.name)), 'only what the Plan shows')
  })

  await t.test('cancel rejects a Plan', async (t) => {
    const planned = await journey.sync()
    t.equal(planned.run.state.value, 'awaiting_approval')
    netbox.requests.clear()
    const rejected = await journey.want<Run>('POST', `/runs/${planned.run.id}/cancel/`, {})
    t.equal(rejected.state.value, 'cancelled')
    const late = await journey.ask('POST', `${prefix}/runs/${planned.run.id}/approve/`, {})
    t.equal(late.status, 409)
    t.match(late.body, { code: 'RUN_NOT_APPROVABLE', detail: /cancelled/ })
    t.equal(netbox.requests.counts().writes, 0)
  })

  await t.test('write_mode off: plans are shown, approve is refused', async (t) => {
    await journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { write_mode: 'off' })
    const planned = await journey.sync()
    netbox.requests.clear()
    const refused = await journey.ask('POST', `${prefix}/runs/${planned.run.id}/approve/`, {})
    t.equal(refused.status, 409, JSON.stringify(refused.body))
    t.match(refused.body, { code: 'WRITES_OFF' })
    t.equal(netbox.requests.counts().writes, 0)
  })

  await t.test('mode=plan asks for a Plan where writing is allowed', async (t) => {
    await journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { write_mode: 'budget' })
    netbox.requests.clear()
    const planned = await journey.sync({ mode: 'plan' })
    t.equal(planned.run.state.value, 'awaiting_approval')
    t.equal(netbox.requests.counts().writes, 0)
  })
})
