import type { HoldersAsked } from '@proxbox/contracts'
import t from 'tap'
import { readCounts } from '../src/index.ts'
import { idOf, make, openLab, signal, versions } from './estate.ts'

for (const version of versions)
  t.test(`${version}: what holders have, one request per kind of holder`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    const { type } = await make(netbox, 'cluster-type', { type: { name: 't', slug: 't' } })
    const { cluster } = await make(netbox, 'cluster', {
      cluster: { name: 'c', type: type ?? null }
    })
    const { one, two } = await make(netbox, 'vm', {
      one: { name: 'one', cluster: cluster ?? null },
      two: { name: 'two', cluster: cluster ?? null }
    })
    const { nic, idle } = await make(netbox, 'vm-interface', {
      nic: { virtual_machine: one ?? null, name: 'net0' },
      idle: { virtual_machine: one ?? null, name: 'net1' }
    })
    await make(netbox, 'disk', {
      disk: { virtual_machine: one ?? null, name: 'scsi0', size: 1 }
    })
    const at = { assigned_object: nic ?? null }
    await make(netbox, 'mac-address', { mac: { mac_address: 'BC:24:11:00:00:01', ...at } })
    await make(netbox, 'ip-address', {
      a: { address: '192.0.2.1/24', ...at },
      b: { address: '192.0.2.2/24', ...at }
    })
    const asked: readonly HoldersAsked[] = [
      { kind: 'cluster-type', ids: [idOf(type)], counting: ['cluster'] },
      { kind: 'cluster', ids: [idOf(cluster)], counting: ['vm', 'device'] },
      { kind: 'vm', ids: [idOf(one), idOf(two), 9999], counting: ['vm-interface', 'disk'] },
      {
        kind: 'vm-interface',
        ids: [idOf(nic), idOf(idle)],
        counting: ['mac-address', 'ip-address']
      }
    ]
    server.requests.clear()
    t.same(
      [...(await readCounts(netbox, asked, signal))],
      [
        [type?.ref, { cluster: 1 }],
        [cluster?.ref, { vm: 2, device: 0 }],
        [one?.ref, { 'vm-interface': 2, disk: 1 }],
        [two?.ref, { 'vm-interface': 0, disk: 0 }],
        [nic?.ref, { 'mac-address': 1, 'ip-address': 2 }],
        [idle?.ref, { 'mac-address': 0, 'ip-address': 0 }]
      ]
    )
    t.equal(server.requests.counts().reads, 4)
    t.equal((await readCounts(netbox, [], signal)).size, 0)
  })

t.test(
  'a holder that may not be viewed has no count; a refused token ends the reading',
  async (t) => {
    const asked: readonly HoldersAsked[] = [{ kind: 'vm', ids: [1], counting: ['disk'] }]
    const few = await openLab(t, '4.7.3', {
      token: (server) => server.addToken({ permissions: ['extras.view_tag'] })
    })
    t.equal((await readCounts(few.netbox, asked, signal)).size, 0)
    const nobody = await openLab(t, '4.7.3', { token: () => 'nobody' })
    await t.rejects(readCounts(nobody.netbox, asked, signal), { code: 'NETBOX_CREDENTIAL' })
  }
)
