import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import t from 'tap'
import { showKeepers } from '../src/keepers/keepers-suite.ts'
import type { Ground } from '../src/keepers/place.ts'

t.test('who keeps a NetBox', async (t) => {
  const state = createNetBox()
  const production = await openNetBoxServer({ state })
  t.teardown(() => production.close())
  const ground: Ground = {
    production,
    async copy() {
      const twin = createNetBox()
      const restore = async () => twin.load(state.dump())
      await restore()
      const { token } = production
      const server = await openNetBoxServer({ state: twin, token })
      t.teardown(() => server.close())
      return { url: server.url, token, restore, empty: async () => twin.clear() }
    }
  }
  await showKeepers(t, ground)
})
