import type { RunChange } from '@proxbox/contracts'
import { createWorld } from '@proxbox/simulator/proxmox'
import t from 'tap'
import type { Static } from 'typebox'
import { deleteByHand, oneOfEach, tokenWithout } from '../src/half-hidden.ts'
import { listAll, openJourney } from '../src/journey.ts'

t.test('a token that does not see one object of NetBox', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 6, nodes: 2, seed: 6, simple: true, clusterName: 'lab' })
  await journey.proxmox(world, { name: 'lab' })
  // Nothing points to an address then: only the count tells that it is there.
  const netbox = await journey.netbox({ name: 'nb', primary_ip_policy: 'never' })
  await journey.sync()
  const wide = netbox.token
  const setToken = (token: string) =>
    journey.want('PATCH', `/netbox-endpoints/${netbox.id}/`, { token })
  const run = async () => {
    netbox.requests.clear()
    const told = await journey.sync()
    const counts = netbox.requests.counts()
    const held = await listAll<Static<typeof RunChange>>(
      journey,
      `/runs/${told.run.id}/changes/?outcome=held`
    )
    return { ...told, held, ...counts }
  }
  const usual = await run()
  t.equal(usual.writes, 0, 'nothing is left to do')

  for (const { what } of oneOfEach(netbox))
    await t.test(what, async (t) => {
      // Looked up anew: what was deleted and made again has another id.
      const one = oneOfEach(netbox).find((other) => other.what === what)
      if (one === undefined) throw new Error(`there is no ${what} any more`)
      t.equal(one.ids.get(one.model)?.length, 1, 'the world has one')
      const before = netbox.state.canonical()
      await setToken(tokenWithout(netbox, one))
      const narrow = await run()
      t.equal(narrow.run.state.value, 'degraded')
      t.equal(narrow.writes, 0, 'nothing is made, and nothing goes')
      t.strictSame(netbox.state.canonical(), before, 'NetBox is as it was')
      const most = usual.reads + 3
      t.ok(narrow.reads <= most, `${narrow.reads} of ${most} reads: a count, and the changelog`)
      t.same(new Set(narrow.held.map(({ guard }) => guard)), new Set(['out-of-sight']))
      const right = one.model.replace('.', '.view_')
      const [held] = narrow.held.filter(({ detail }) => detail.includes(right))
      t.ok(held?.detail.includes(held.label), `names the object and ${right}`)
      t.ok(
        narrow.run.errors.some(({ detail }) => detail.includes(held?.detail ?? 'nothing')),
        'told in the Run'
      )

      await setToken(wide)
      const whole = await run()
      t.strictSame([whole.writes, whole.held.length], [0, 0], 'in sight again: nothing to do')
      t.equal(whole.reads, usual.reads, 'no request more than ever')

      deleteByHand(netbox, one)
      const again = await run()
      t.equal(again.run.state.value, 'succeeded')
      t.strictSame(netbox.state.canonical(), before, 'deleted by hand: made again')
      t.equal((await run()).writes, 0)
    })
})
