import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import t from 'tap'
import { showTwoIds } from '../src/two-ids/two-ids-suite.ts'

t.test('two ids of one cluster become the older one', async (t) => {
  const state = createNetBox()
  const { url, token, close } = await openNetBoxServer({ state })
  t.teardown(() => close())
  await showTwoIds(t, { url, token, empty: async () => state.clear() })
})
