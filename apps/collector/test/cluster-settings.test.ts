import type { ProxmoxConnection } from '@proxbox/contracts'
import t from 'tap'
import { clusterSettings } from '../src/sync/cluster-settings.ts'

const none = { site: null, tenant: null, netbox_cluster: null, notes: true }
// Only these fields are looked at.
const at = (id: number, more: Partial<ProxmoxConnection> = {}): ProxmoxConnection =>
  ({ ...none, id, name: `pve${id}`, ...more }) as ProxmoxConnection

t.test('where a cluster belongs does not depend on the Endpoint that reads it best', async (t) => {
  const one = at(1, { site: 'one', notes: false })
  const two = at(2, { site: 'two', tenant: 'acme', netbox_cluster: 'Plant' })
  const wanted = { site: 'one', tenant: 'acme', netbox_cluster: 'Plant', notes: false }
  for (const best of [one, two])
    for (const all of [
      [one, two],
      [two, one]
    ])
      t.match(clusterSettings(best, all), { ...wanted, id: best.id, name: best.name })
  t.match(clusterSettings(two, [two]), two, 'alone it speaks for itself')
  t.match(clusterSettings(at(1), [at(1)]), none)
})
