import { type Gap, ProxboxError } from '@proxbox/contracts'
import t from 'tap'
import type { IdentifiedCluster } from '../src/sync/identified-cluster.ts'
import { identifyClusters, merged } from '../src/sync/identify-clusters.ts'
import { question, seenBy } from './seen-by.ts'

const gap: Gap = {
  ...{ cluster: 'lab', scope: 'guest', vmid: 100, facet: 'agent', reason: 'timeout' },
  detail: 'no answer'
}
const chosen = (...read: IdentifiedCluster[]) =>
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

const doubt = (detail: string) => ({
  conflict: detail,
  question: question('caaaaaaaa', detail),
  endpoints: [1, 2, 3]
})

t.test(
  'one Endpoint that contradicts holds its cluster whole, and one is asked about',
  async (t) => {
    const read = [
      seenBy(1, {}, { endpoints: [1, 2, 3] }),
      seenBy(2, { gaps: [gap] }, doubt('is this lab?')),
      seenBy(3, {}, doubt('and this?')),
      seenBy(4, {}, { cluster_id: 'cbbbbbbbb', endpoints: [4] })
    ]
    const { estate, connections, held, questions, settled } = merged(read, [])
    t.strictSame([...connections.keys()], ['cbbbbbbbb'])
    t.equal(held.get('caaaaaaaa')?.name, 'edge 2')
    t.match(estate.clusters, [{ clusterId: 'cbbbbbbbb' }])
    t.equal(estate.clusters.length, 1, 'not even as the Endpoint that is sure has read it')
    t.match(estate.gaps, [
      {
        ...{ cluster: 'caaaaaaaa', scope: 'cluster', facet: 'list', reason: 'error' },
        detail: /edge 2: cluster lab .*is this lab\?/,
        remedy: /"proxbox conflicts"/
      }
    ])
    t.equal(estate.gaps.length, 1)
    t.strictSame(
      [...merged([seenBy(1, {}, { merged: ['cold'] })], []).merged],
      [['cold', 'caaaaaaaa']]
    )
    t.match(questions, [{ key: 'cluster:caaaaaaaa', detail: 'is this lab?' }])
    t.equal(questions.length, 1)
    t.strictSame(settled, ['cluster:cbbbbbbbb'])
  }
)

t.test('what a person holds stays a gap, and is not asked about again', async (t) => {
  const held = { ...doubt('is this lab?'), question: null }
  const { estate, questions } = merged([seenBy(1, {}, held)], [])
  t.match(estate, { clusters: [], gaps: [{ remedy: /held as a person has decided/ }] })
  t.strictSame(questions, [])
  const next = merged([seenBy(1, {}, held), seenBy(2, {}, doubt('and this?'))], [])
  t.match(next.questions, [{ detail: 'and this?' }], 'another Endpoint is another question')
})

t.test('a cluster is settled when all its Endpoints were read', async (t) => {
  const both = { endpoints: [1, 2] }
  t.strictSame(merged([seenBy(1, {}, both)], []).settled, [], 'the other one may contradict')
  const { settled, lookedAt } = merged([seenBy(1, {}, both), seenBy(2, {}, both)], [])
  t.strictSame(settled, ['cluster:caaaaaaaa'])
  t.strictSame(lookedAt, ['caaaaaaaa', 'edge 1', 'edge 2'])
})

t.test('two clusters that a later Endpoint makes one are one in this Run', async (t) => {
  const one = (cluster_id: string, ...endpoints: number[]) =>
    seenBy(1, {}, { cluster_id, endpoints }).identity
  const answers = [one('cbbbbbbbb', 1), one('caaaaaaaa', 1, 2), one('caaaaaaaa', 1, 2)]
  const asked: number[] = []
  const bus = {
    async ask<T>(_: string, { body }: { body?: unknown } = {}): Promise<T> {
      asked.push((body as { proxmox_endpoint_id: number }).proxmox_endpoint_id)
      return answers[asked.length - 1] as T // what the registry answers
    }
  }
  const read = [1, 2].map((id) => seenBy(id, {}))
  const { estate } = await identifyClusters(
    { read, gaps: [] },
    { bus, netbox: 'bone' },
    AbortSignal.timeout(5000)
  )
  t.strictSame(asked, [1, 2, 1], 'the one that was moved is asked about again')
  t.match(estate.clusters, [{ clusterId: 'caaaaaaaa', endpointId: 1 }])
  t.equal(estate.clusters.length, 1)
})

t.test('Endpoints are identified oldest first, for one NetBox', async (t) => {
  const asked: unknown[] = []
  const bus = {
    async ask<T>(_: string, { body }: { body?: unknown } = {}): Promise<T> {
      asked.push(body)
      if (asked.length === 2) throw new ProxboxError('NOT_FOUND', { what: 'it', id: 'id 7' })
      return seenBy(1, {}).identity as T // what the registry answers
    }
  }
  const read = [7, 1].map((id) => seenBy(id, { caFingerprint: 'AA:01' }))
  const { estate } = await identifyClusters(
    { read, gaps: [gap] },
    { bus, netbox: 'bone' },
    AbortSignal.timeout(5000)
  )
  t.match(asked, [
    { netbox: 'bone', proxmox_endpoint_id: 1, ca_fingerprint: 'AA:01' },
    { proxmox_endpoint_id: 7 }
  ])
  t.match(estate, { clusters: [{ endpointId: 1 }], gaps: [gap, { cluster: 'edge 7' }] })
})
