import type { Run } from '@proxbox/contracts'
import { createWorld, setConfig } from '@proxbox/simulator/proxmox'
import { openJourney } from '@proxbox/test-journey/journey'
import { showTwoIds } from '@proxbox/test-journey/two-ids'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { openRealSide } from '../src/real-side.ts'

const config = readConfig()
const skip = config.wantsReal ? false : 'needs PROXBOX_CONFORMANCE=real'

t.test('plan, a change by hand, apply, undo: on a real NetBox', { skip }, async (t) => {
  const side = await openRealSide(config, (line) => t.comment(line), AbortSignal.timeout(1_200_000))
  t.teardown(() => side.close())
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 10, nodes: 2, seed: 31, clusterName: 'lab' })
  await journey.proxmox(world)
  await journey.addNetBox(side.target, { write_mode: 'plan' })
  const empty = await side.exportCanonical()
  const [one, two] = world.guests.filter(({ config: { template } }) => template !== 1)
  if (one === undefined || two === undefined) throw new Error('the world has guests')
  const vmOf = async (name: unknown) => {
    const vms = await side.read(['vm'])
    const found = vms.find(({ fields }) => fields.name === name)
    if (found === undefined) throw new Error(`no VM ${String(name)}`)
    return found
  }
  const action = async (run: Pick<Run, 'id'>, name: string, body: object = {}) =>
    await journey.follow(await journey.want<Run>('POST', `/runs/${run.id}/${name}/`, body))

  const planned = await journey.sync()
  t.equal(planned.run.state.value, 'awaiting_approval')
  t.same(await side.exportCanonical(), empty, 'a Plan writes nothing')
  const first = await action(planned.run, 'approve')
  // Agents that answer nonsense degrade a Run; nothing is refused.
  t.notMatch(first.run.errors, [{ code: 'ITEM_REFUSED' }])
  const whole = await side.exportCanonical()

  await t.test('what moved in between is left out and named, the rest is written', async (t) => {
    setConfig(world, one.vmid, 'cores', 5)
    setConfig(world, two.vmid, 'cores', 6)
    const next = await journey.sync()
    t.equal(next.run.plan, 2)
    const moved = await vmOf(one.config.name ?? one.config.hostname)
    await side.update('vm', [{ id: moved.netbox_id, fields: { vcpus: 3 } }])
    const told = await action(next.run, 'approve')
    t.equal(told.run.state.value, 'degraded')
    t.match(told.complete.errors, [{ code: 'ITEM_MOVED' }])
    const vcpus = async (guest: typeof one) =>
      Number((await vmOf(guest.config.name ?? guest.config.hostname)).fields.vcpus)
    t.equal(await vcpus(one), 3)
    t.equal(await vcpus(two), 6)
    const undone = await action(told.run, 'undo')
    t.equal(undone.run.state.value, 'succeeded', JSON.stringify(undone.run.errors))
    t.equal(await vcpus(one), 3, 'what a person wrote stays')
    t.not(await vcpus(two), 6)
    await side.update('vm', [
      { id: moved.netbox_id, fields: { vcpus: moved.fields.vcpus ?? null } }
    ])
    t.same(await side.exportCanonical(), whole)
  })

  await t.test('undo of the first Run gives back the NetBox of before', async (t) => {
    const undone = await action(first.run, 'undo')
    t.equal(undone.run.state.value, 'succeeded', JSON.stringify(undone.run.errors))
    t.same(withoutIdentity(await side.exportCanonical()), empty)
  })
})

t.test('two ids of one cluster become the older one, on a real NetBox', { skip }, async (t) => {
  const side = await openRealSide(config, (line) => t.comment(line), AbortSignal.timeout(1_200_000))
  t.teardown(() => side.close())
  await showTwoIds(t, { ...side.target, empty: () => side.empty() })
})

/** An undo leaves the tag that says whose NetBox this is. */
const withoutIdentity = (content: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(content).map(([table, texts]) => [
      table,
      texts.filter((text) => !text.includes('proxbox-id-'))
    ])
  )
