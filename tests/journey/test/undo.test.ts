import type { Run } from '@proxbox/contracts'
import { createWorld, setConfig } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { listAll, openJourney, prefix } from '../src/journey.ts'

interface ChangeRow {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly after: Record<string, unknown>
  readonly why: Record<string, { readonly reason: string }>
}

t.test('undo', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 8, nodes: 2, seed: 11, simple: true, clusterName: 'lab' })
  await journey.proxmox(world)
  const netbox = await journey.netbox()
  const content = () => JSON.stringify(withoutIdentity(netbox.state.canonical()), null, 1)
  const vms = () => netbox.state.dump()['virtualization.virtualmachine'] ?? []
  const edit = async (path: string, body: object) => {
    const { status } = netbox.state.handle({ method: 'PATCH', path: `/api/${path}`, body })
    t.equal(status, 200, 'a person edits NetBox')
  }
  const undone = async (run: Pick<Run, 'id'>, body: object = {}) =>
    await journey.follow(await journey.want<Run>('POST', `/runs/${run.id}/undo/`, body))

  const empty = content()
  const first = await journey.sync()
  t.equal(first.run.state.value, 'succeeded', JSON.stringify(first.run.errors))

  await t.test('shows first what it would do, and writes nothing', async (t) => {
    const before = content()
    netbox.requests.clear()
    const shown = await undone(first.run, { plan: true })
    t.match(shown.run, { mode: { value: 'undo' }, parent: first.run.id })
    t.equal(shown.run.state.value, 'awaiting_approval')
    t.equal(netbox.requests.counts().writes, 0)
    t.equal(content(), before)
    const rows = await listAll<ChangeRow>(journey, `/runs/${shown.run.id}/changes/`)
    t.equal(rows.length, shown.run.plan)
    await journey.want('POST', `/runs/${shown.run.id}/cancel/`, {})
  })

  await t.test('an update goes back; what a person changed since survives', async (t) => {
    const [one, two] = world.guests
    if (one === undefined || two === undefined) throw new Error('the world has guests')
    const before = content()
    setConfig(world, one.vmid, 'cores', 7)
    setConfig(world, two.vmid, 'cores', 9)
    const changed = await journey.sync()
    t.not(content(), before)
    const idOf = (name: unknown) => vms().find((vm) => vm.name === name)?.id
    const path = `virtualization/virtual-machines/${idOf(two.config.name)}/`
    await edit(path, { vcpus: 3, comments: 'by hand' })
    const told = await undone(changed.run)
    t.equal(told.run.state.value, 'degraded', 'something stayed')
    const rows = await listAll<ChangeRow>(journey, `/runs/${told.run.id}/changes/`)
    const reasons = new Set(rows.flatMap(({ why }) => Object.values(why)).map((one) => one.reason))
    t.same([...reasons], [`undo of Run ${changed.run.id}`], 'the Run as people know it')
    t.match(told.run.errors, [{ code: 'ITEM_MOVED', detail: new RegExp(String(two.config.name)) }])
    const vm = vms().find(({ name }) => name === two.config.name)
    t.match(vm, { comments: 'by hand' })
    t.equal(Number(vm?.vcpus), 3)
    await edit(path, { vcpus: Number(two.config.cores), comments: '' })
    setConfig(world, one.vmid, 'cores', 1)
    setConfig(world, two.vmid, 'cores', 1)
  })

  await t.test('what a first Run made goes, down to the identity tag', async (t) => {
    const fresh = await openFresh()
    const told = await fresh.undo()
    t.equal(told.run.state.value, 'succeeded', JSON.stringify(told.run.errors))
    t.equal(fresh.content(), empty)
    const again = await fresh.undo(told.run)
    t.equal(again.run.state.value, 'succeeded', JSON.stringify(again.run.errors))
    t.equal(fresh.content(), fresh.full, 'an undo can be undone')
    await fresh.close()
  })

  await t.test(
    'of a Run that stored storages alone: succeeds, and says why in a sentence',
    async (t) => {
      const storage = world.storages.find(({ shared }) => shared)
      if (storage === undefined) throw new Error('the world has a shared storage')
      storage.usedBytes += 1024 ** 3
      const stored = await journey.sync({}, 'storage')
      t.equal(stored.run.counts.storage?.updated, 1)
      netbox.requests.clear()
      const told = await undone(stored.run)
      const detail = `Run ${stored.run.id} has written nothing there, so there is nothing to take back.`
      t.match(told.run, {
        state: { value: 'succeeded' },
        counts: {},
        errors: [
          { code: 'RUN_NOT_UNDOABLE', detail: new RegExp(`^NetBox Endpoint .+: ${detail}$`) }
        ],
        errors_total: 1
      })
      t.equal(netbox.requests.counts().writes, 0)
      const shown = await undone(stored.run, { plan: true })
      t.match(shown.run, { state: { value: 'succeeded' }, errors: told.run.errors })
    }
  )

  await t.test(
    'refused: a Run that wrote nothing, a NetBox that is never written to',
    async (t) => {
      const idle = await journey.sync()
      const again = await journey.sync()
      t.equal(again.run.state.value, 'succeeded', JSON.stringify(idle.run.errors))
      const refused = await journey.ask('POST', `${prefix}/runs/${again.run.id}/undo/`, {})
      t.equal(refused.status, 409)
      t.match(refused.body, { code: 'RUN_NOT_UNDOABLE' })
      await journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { write_mode: 'off' })
      const off = await journey.ask('POST', `${prefix}/runs/${first.run.id}/undo/`, {})
      t.match(off.body, { code: 'WRITES_OFF' })
    }
  )

  async function openFresh() {
    const other = await openJourney()
    await other.proxmox(createWorld({ guests: 6, nodes: 2, seed: 12, clusterName: 'lab' }))
    const target = await other.netbox()
    const content = () => JSON.stringify(withoutIdentity(target.state.canonical()), null, 1)
    const { run } = await other.sync()
    const undo = async (which: Pick<Run, 'id'> = run) =>
      await other.follow(await other.want<Run>('POST', `/runs/${which.id}/undo/`, {}))
    return { undo, content, full: content(), close: () => other.close() }
  }
})

/** Content with names in order, without the tag that says whose NetBox this is: an undo leaves that. */
function withoutIdentity(content: unknown): unknown {
  if (Array.isArray(content)) {
    const left = content.filter(
      (one) => !String(Reflect.get(Object(one), 'slug') ?? one).startsWith('proxbox-id-')
    )
    return left.map(withoutIdentity)
  }
  if (typeof content !== 'object' || content === null) return content
  return Object.fromEntries(
    Object.entries(content)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, withoutIdentity(value)])
  )
}
