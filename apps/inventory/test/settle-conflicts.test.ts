import type { Conflict } from '@proxbox/contracts'
import t from 'tap'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

type Json = Record<string, unknown>
const runOf = (n: number) => `0199bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`
const question = (cluster: string, over: Partial<Conflict> = {}): Conflict => ({
  ...{ key: `cluster:${cluster}`, kind: 'cluster', label: cluster, field: null, netbox_id: null },
  ...{ code: 'cluster-contradicts', detail: 'is it?', proxmox: 'now', netbox: 'before' },
  decisions: [{ decision: 'same:00000000', does: 'It is.' }],
  ...over
})
const record = (n: number, conflicts: Conflict[], settled?: string[], netbox = 'b1') =>
  stack.collector.ask<Json>('recordConflicts', {
    body: {
      ...{ netbox, run_id: runOf(n), attempt: 1, conflicts, last: false },
      ...(settled === undefined ? {} : { settled })
    }
  })
const list = async (operation: string, query: Json) => {
  const asked = { baseUrl: 'http://proxbox', query }
  return (await stack.gateway.call<{ results: Json[] }>(operation, asked)).body.results
}
const states = async () =>
  (await list('listConflicts', { ordering: 'id' })).map(
    ({ key, code, netbox_identity: netbox, state }) => `${netbox} ${key} ${code} ${state}`
  )
const decide = (id: unknown, decision: string) =>
  stack.gateway.call<Json>('decideConflict', {
    ...{ baseUrl: 'http://proxbox', params: { id: Number(id) }, body: { decision } },
    principal: { user: 'ann', superuser: true, permissions: [], write: true }
  })

t.test(
  'what was asked about a cluster is gone when a Run finds it settled, and only then',
  async (t) => {
    const unit = question('ca', { code: 'unit-base', decisions: [{ decision: '1000', does: '' }] })
    await record(1, [question('ca'), question('cb'), question('cc'), unit])
    await record(2, [question('ca')], undefined, 'b2')
    const [a, b] = await list('listConflicts', { code: 'cluster-contradicts', netbox: 'b1' })
    t.match(await decide(b?.id, 'same:00000000'), { body: { state: 'decided' } })
    t.equal(
      (await list('listItems', { key: 'cluster:ca' })).length,
      2,
      'asked about: it is an Item'
    )

    await record(3, [], [])
    await record(4, [])
    t.equal((await list('listConflicts', { state: 'open', netbox: 'b1' })).length, 3)
    await record(5, [], ['cluster:ca', 'cluster:cb', 'cluster:cx'])
    t.same(await states(), [
      'b1 cluster:ca cluster-contradicts gone',
      'b1 cluster:cb cluster-contradicts gone',
      'b1 cluster:cc cluster-contradicts open',
      'b1 cluster:ca unit-base open',
      'b2 cluster:ca cluster-contradicts open'
    ])
    t.match(await decide(a?.id, 'same:00000000'), { status: 409 }, 'nothing is to be decided')
    t.same(await list('listItems', { key: 'cluster:cb' }), [], 'no question, no Item')

    const changed = { decisions: [{ decision: 'same:11111111', does: 'It is.' }] }
    t.match(await record(6, [question('cb', changed)], ['cluster:ca']), { opened: 1 })
    t.match(await decide(b?.id, 'same:00000000'), { status: 400 }, 'what was offered before')
    const told = await stack.feedOf('cluster', 8, ['conflicted'])
    t.same(
      told.map(({ payload }) => `${(payload as Json).key} ${(payload as Json).state}`).sort(),
      [
        'cluster:ca begins',
        'cluster:ca begins',
        'cluster:ca begins',
        'cluster:ca ends',
        'cluster:cb begins',
        'cluster:cb begins',
        'cluster:cb ends',
        'cluster:cc begins'
      ]
    )
  }
)
