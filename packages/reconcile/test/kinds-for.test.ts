import { syncTypes } from '@proxbox/contracts'
import t from 'tap'
import { desiredItems, kindsFor } from '../src/index.ts'
import { estate, guest, World } from './world.ts'

t.test('whatever a sync type wants alone, its tables are read', async (t) => {
  for (const netboxVersion of ['4.5.9', '4.7.3']) {
    for (const type of syncTypes) {
      const options = new World(netboxVersion).options({ syncTypes: [type] })
      const { items } = desiredItems(estate([guest(100), guest(101)]), options)
      const { owned } = kindsFor([type], netboxVersion)
      const unread = items.map((item) => item.kind).filter((kind) => !owned.includes(kind))
      t.same([...new Set(unread)], [], `${type} on ${netboxVersion}`)
    }
  }
})
