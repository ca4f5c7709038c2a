import {
  type ClusterEstate,
  type Gap,
  ProxboxError,
  type ProxmoxConnection,
  type SyncType,
  syncTypes
} from '@proxbox/contracts'
import t from 'tap'
import { gapFrom, merged, type ReadCluster } from '../src/sync/read-proxmox.ts'
import { recordGaps } from '../src/sync/record-review.ts'

const connection = (id: number): ProxmoxConnection => ({
  ...{ id, name: `edge ${id}`, host: 'pve.example.org', port: 8006, username: 'root@pam' },
  ...{ verify_ssl: true, ca_certificate: '', fingerprint_sha256: '', site: null, tenant: null },
  ...{ netbox_cluster: null, notes: true, link_base: null, timeout: 5 },
  fetch_max_concurrency: null
})
const gap: Gap = {
  ...{ cluster: 'lab', scope: 'guest', vmid: 100, facet: 'agent', reason: 'timeout' },
  detail: 'no answer'
}

function seenBy(id: number, facts: Partial<ClusterEstate>): ReadCluster {
  const cluster: ClusterEstate = {
    ...{ clusterId: '', name: 'lab', mode: 'cluster', endpointId: id, endpointName: `edge ${id}` },
    ...{ version: '9.2.3', quorate: true, nodes: [], guests: [], guestListWhole: true },
    ...{ storages: [], tagColors: {}, gaps: [] },
    ...facts
  }
  const identity = {
    cluster_id: 'caaaaaaaa',
    name: 'lab',
    nodes: {},
    endpoints: [],
    conflict: null
  }
  return { connection: connection(id), cluster, identity }
}
const chosen = (...read: ReadCluster[]) =>
  [merged(read, []), merged(read.toReversed(), [])].map(
    ({ estate }) => estate.clusters[0]?.endpointId
  )

t.test(
  'of two Endpoints into one cluster the better reading counts, not the quieter',
  async (t) => {
    const filtered = seenBy(1, { guestListWhole: false, gaps: [gap] })
    t.strictSame(chosen(filtered, seenBy(2, { gaps: [gap, gap, gap] })), [2, 2], 'the whole list')
    const minority = seenBy(1, { guestListWhole: false, quorate: false, gaps: [gap] })
    const other = seenBy(2, { guestListWhole: false, gaps: [gap, gap] })
    t.strictSame(chosen(minority, other), [2, 2], 'the side that has the quorum')
    t.strictSame(chosen(seenBy(1, { gaps: [gap] }), seenBy(2, {})), [2, 2], 'the fewest gaps')
    t.strictSame(chosen(seenBy(1, {}), seenBy(2, {})), [1, 1], 'the oldest Endpoint')
  }
)

t.test('an Endpoint that cannot be read is one gap with the remedy', async (t) => {
  const remedy = 'pveum acl modify / --roles PVEAuditor'
  const facts = { endpoint: 'edge 1', privilege: 'Sys.Audit', path: '/', remedy }
  t.match(gapFrom(connection(1), new ProxboxError('PROXMOX_PRIVILEGE', facts)), {
    ...{ cluster: 'edge 1', scope: 'cluster', facet: 'list', reason: 'denied', remedy }
  })
  const late = new ProxboxError('PROXMOX_TIMEOUT', { endpoint: 'e', path: '/version', seconds: 5 })
  t.match(gapFrom(connection(1), late), { reason: 'timeout', detail: /5 s/ })
  t.notOk('remedy' in gapFrom(connection(1), late), 'no empty sentence')
})

t.test('an Endpoint that answers again closes the gap that stood under its name', async (t) => {
  const proxmox = merged([seenBy(1, {}), seenBy(2, {})], [])
  const closing = async (types: readonly SyncType[]) => {
    let closed: readonly string[] | undefined
    const facts = {
      recordGaps: async (_: readonly Gap[], clusters: readonly string[]) => {
        closed = clusters
        return []
      }
    }
    await recordGaps([], { facts, proxmox }, { types })
    return closed
  }
  const ids = proxmox.estate.clusters.map(({ clusterId }) => clusterId)
  t.strictSame(
    await closing(syncTypes),
    [...ids, 'edge 1', 'edge 2'],
    'both, though one was enough'
  )
  t.equal(await closing(['devices']), undefined, 'a part of a Run has not looked everywhere')
})
