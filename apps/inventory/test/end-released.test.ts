import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, Conflict, Gap } from '@proxbox/contracts'
import t, { type Test } from 'tap'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

type Json = Record<string, unknown>
interface Listed {
  readonly count: number
  readonly results: Json[]
}
const runOf = (n: number) => `0199bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`
const post = (operation: string, n: number, netbox: string, body: object) =>
  stack.collector.ask<Json>(operation, { body: { netbox, run_id: runOf(n), attempt: 1, ...body } })
const list = async (operation: string, query: object = {}) => {
  const asked = { baseUrl: 'http://proxbox', query: { ordering: 'id', ...query } }
  return (await stack.gateway.call<Listed>(operation, asked)).body.results
}
const question = (key: string, over: Partial<Conflict> = {}): Conflict => ({
  ...{ key, kind: 'cluster', label: key, field: null, netbox_id: null },
  ...{ code: 'cluster-contradicts', detail: 'is it?', proxmox: 'now', netbox: 'before' },
  decisions: [{ decision: 'same:00000000', does: 'It is.' }],
  ...over
})
const ask = (n: number, netbox: string, conflicts: Conflict[]) =>
  post('recordConflicts', n, netbox, { conflicts, last: false })
const decide = (id: unknown, decision: string) =>
  stack.gateway.call<Json>('decideConflict', {
    ...{ baseUrl: 'http://proxbox', params: { id: Number(id) }, body: { decision } },
    principal: { user: 'ann', superuser: true, permissions: [], write: true }
  })
const gap = (cluster: string): Gap => ({
  ...{ cluster, scope: 'guest', vmid: 100, facet: 'agent', reason: 'timeout', detail: 'late' }
})
const nameGaps = (n: number, named: Gap[]) =>
  post('recordGaps', n, 'b1', { gaps: named, last: true, clusters: [] })

const conflicts = async () =>
  (await list('listConflicts')).map(({ key, code, netbox_identity: netbox, state }) =>
    [netbox, key, code, state].join(' ')
  )
const openGaps = async () =>
  (await list('listGaps', { open: true })).map(({ cluster }) => String(cluster))
const quarantined = async () =>
  (await list('listItems', { quarantined: true })).map(({ netbox, key }) => `${netbox} ${key}`)

/** The list becomes this within what a person takes for at once, and generously more. */
async function becomes(t: Test, read: () => Promise<string[]>, wanted: string[], why: string) {
  for (let look = 0; look < 50; look += 1) {
    if (JSON.stringify(await read()) === JSON.stringify(wanted)) break
    await sleep(100)
  }
  t.same(await read(), wanted, why)
}
/** What is in use from now on, and that was seen. */
async function settle(inUse: Partial<NonNullable<typeof stack.inUse.current>>) {
  stack.inUse.current = { ...none, ...inUse }
  const { asked } = stack.inUse
  await stack.tell('changed')
  for (let look = 0; look < 50 && stack.inUse.asked === asked; look += 1) await sleep(100)
  await sleep(500)
}
const none = { clusters: [], endpoints: [], merged: [], netboxes: [] }

t.test('gaps close with the last enabled Endpoint that leads there', async (t) => {
  await settle({ clusters: ['c1', 'c2'], endpoints: ['edge'], netboxes: ['b1'] })
  await nameGaps(1, [gap('c1'), gap('c2'), gap('edge')])
  t.same(await openGaps(), ['c1', 'c2', 'edge'])
  stack.inUse.current = { ...none, clusters: ['c1', 'new'], endpoints: ['edge', 'fresh'] }
  await stack.tell('removed')
  await becomes(t, openGaps, ['c1', 'edge'], 'no enabled Endpoint leads there')
  stack.inUse.current = { ...none, clusters: ['c1'] }
  await stack.tell('changed')
  await becomes(t, openGaps, ['c1'], 'nor is an Endpoint of that name enabled')
  await nameGaps(2, [gap('c2')])
  await becomes(t, openGaps, ['c1'], 'a Run that began before tells of it once more')
})

t.test('who reads a list asks nobody and writes nothing', async (t) => {
  await settle({ clusters: ['c1'], netboxes: ['b1'] })
  await ask(3, 'b1', [question('vm:c1/qemu/1', { kind: 'vm', code: 'both-changed' })])
  await settle({ clusters: ['c1'], netboxes: ['b1'] })
  const before = [await list('listGaps'), await list('listConflicts')]
  stack.inUse.current = none
  const { asked } = stack.inUse
  await stack.tell('reachable')
  for (let look = 0; look < 5; look += 1) {
    t.same([await list('listGaps'), await list('listConflicts')], before)
    await sleep(100)
  }
  t.equal(stack.inUse.asked, asked, 'nor does an Endpoint that is only reachable again')
})

t.test('what happened while the inventory or the registry was away', async (t) => {
  await settle({ clusters: ['c1', 'c3'], netboxes: ['b1'] })
  await nameGaps(4, [gap('c3')])
  await becomes(t, openGaps, ['c1', 'c3'], 'both are read')
  await stack.without(async () => {
    stack.inUse.current = { ...none, clusters: ['c1'], netboxes: ['b1'] }
    await stack.tell('removed')
  })
  await becomes(t, openGaps, ['c1'], 'it looks when it starts')
  stack.inUse.current = undefined
  await stack.tell('removed')
  await sleep(500)
  t.same(await openGaps(), ['c1'], 'nobody says what is in use: nothing ends')
  stack.inUse.current = { ...none, netboxes: ['b1'] }
  await becomes(t, openGaps, [], 'it has gone on asking')
})

t.test('what is asked about a cluster ends with it; what was decided stands', async (t) => {
  await settle({ clusters: ['cc', 'cd', 'ce'], netboxes: ['b2', 'b3'] })
  const unit = question('cluster:ce', { code: 'unit-base' })
  await ask(10, 'b2', [question('cluster:cc')])
  await ask(11, 'b3', [question('cluster:cd'), question('cluster:ce'), unit])
  const [, decided] = await list('listConflicts', { netbox: 'b3' })
  t.match(await decide(decided?.id, 'same:00000000'), { status: 200 })
  const now = async () => (await conflicts()).filter((line) => line.includes('cluster:'))
  stack.inUse.current = { ...none, netboxes: ['b2', 'b3'] }
  await stack.tell('removed')
  const gone = [
    'b2 cluster:cc cluster-contradicts gone',
    'b3 cluster:cd cluster-contradicts gone',
    'b3 cluster:ce cluster-contradicts decided',
    'b3 cluster:ce unit-base open'
  ]
  await becomes(t, now, gone, 'nobody asks any more')
  t.match(await decide(decided?.id, 'same:00000000'), { status: 200 }, 'decided otherwise')
  stack.inUse.current = { ...none, merged: ['ce'], netboxes: ['b2', 'b3'] }
  await stack.tell('changed')
  const merged = gone.map((line) => line.replace('decided', 'gone'))
  await becomes(t, now, merged, 'it is another one now')
  const told = await stack.feedOf('cluster', 7, ['conflicted'])
  const ends = told.filter(({ payload }) => (payload as Json).state === 'ends')
  t.equal(ends.filter(({ payload }) => (payload as Json).key === 'cluster:cd').length, 1)
})

const change = (key: string, over: Partial<Change> = {}): Change => ({
  ...{ key, kind: 'device', action: 'create', netbox_id: null, before: {}, after: { name: key } },
  ...{ why: {}, label: key, origin: 'created', evidence: {}, ...over }
})
const refuse = (n: number, netbox: string, one: Change) => {
  const refused = { change: one, state: 'refused', netbox_id: one.netbox_id, detail: 'no' }
  return post('recordOutcomes', n, netbox, { outcomes: [refused] })
}
const hold = (n: number, netbox: string, one: Change) => {
  const held = { change: one, guard: 'budget', code: 'ITEM_HELD', reason: 'too many' }
  return post('storePlanPage', n, netbox, { page: 0, changes: [], held: [held] })
}
/** A Run that has held an object, written another, was refused a third, and asks about these and about a fourth. */
async function waitAt(n: number, netbox: string) {
  await hold(n, netbox, change('device:held'))
  const done = change('device:kept', { netbox_id: 7 })
  const outcomes = [{ change: done, state: 'done', netbox_id: 7, detail: '' }]
  await post('recordOutcomes', n, netbox, { outcomes })
  await refuse(n, netbox, change('device:refused'))
  await refuse(n, netbox, change('device:kept', { action: 'update', netbox_id: 7 }))
  const both = { kind: 'device', code: 'both-changed', field: 'name' } as const
  await ask(n, netbox, [question('device:open', both), question('device:kept', both)])
  const [decided] = await list('listConflicts', { key: 'device:kept', netbox })
  await decide(decided?.id, 'same:00000000')
}

t.test('all that waits at a NetBox ends with its last Endpoint', async (t) => {
  await settle({ netboxes: ['b5', 'b6'] })
  await waitAt(20, 'b5')
  await waitAt(21, 'b6')
  const keysOf = async (netbox: string) =>
    (await list('listItems', { netbox })).map(({ key }) => String(key)).sort()
  const all = ['device:held', 'device:kept', 'device:open', 'device:refused']
  t.same(await keysOf('b5'), all)
  const questions = async () => (await conflicts()).filter((line) => /^b[56]/.test(line))
  const ledger = () => stack.collector.ask<Listed>('readLedger', { query: { netbox: 'b5' } })
  const before = await ledger()

  stack.inUse.current = { ...none, netboxes: ['b6'] }
  await stack.tell('removed')
  await becomes(t, () => keysOf('b5'), ['device:kept'], 'what NetBox has stays known')
  await becomes(
    t,
    questions,
    [
      'b5 device:open both-changed gone',
      'b5 device:kept both-changed decided',
      'b6 device:open both-changed open',
      'b6 device:kept both-changed decided'
    ],
    'a decision stands, as its Rule does'
  )
  t.same(await quarantined(), ['b6 device:kept', 'b6 device:refused'])
  t.same(await keysOf('b6'), all, 'the other NetBox is as it was')
  t.same(await ledger(), before, 'its Ledger is there when it comes back')
  const changes = { baseUrl: 'http://proxbox', params: { id: runOf(20) }, query: {} }
  t.match(await stack.gateway.ask('listRunChanges', changes), { count: 3 }, 'its Changes are')
  const [gone] = await list('listConflicts', { key: 'device:open', netbox: 'b5' })
  t.match(await decide(gone?.id, 'same:00000000'), {
    status: 409,
    body: { detail: /is gone: .*or what it is about is in use no more/ }
  })

  const feed = await stack.feedOf('device', 16, ['held', 'quarantined', 'conflicted'])
  const ends = feed.map(({ payload }) => payload as Json).filter(({ state }) => state === 'ends')
  t.same(
    ends.map(({ netbox, key, action, run_id: run }) => [netbox, key, action, run].join(' ')).sort(),
    [
      `b5 device:held held ${runOf(20)}`,
      `b5 device:kept conflicted ${runOf(20)}`,
      `b5 device:kept quarantined ${runOf(20)}`,
      `b5 device:open conflicted ${runOf(20)}`,
      `b5 device:refused quarantined ${runOf(20)}`,
      `b6 device:kept conflicted ${runOf(21)}`
    ],
    'each end is told once'
  )

  await refuse(20, 'b5', change('device:late'))
  await becomes(t, () => keysOf('b5'), ['device:kept'], 'a Run that began before is refused more')
})

t.test('more than one batch of it', async (t) => {
  await settle({ netboxes: ['b6', 'b7'] })
  const keys = Array.from({ length: 1100 }, (_, n) => `cluster:${n}`)
  for (let n = 0; n < keys.length; n += 400)
    await ask(
      30,
      'b7',
      keys.slice(n, n + 400).map((key) => question(key, { code: 'unit-base' }))
    )
  const open = async () => {
    const query = { netbox: 'b7', state: 'open', limit: 1 }
    const asked = { baseUrl: 'http://proxbox', query }
    return [String((await stack.gateway.call<Listed>('listConflicts', asked)).body.count)]
  }
  t.same(await open(), ['1100'])
  stack.inUse.current = { ...none, netboxes: ['b6'] }
  await stack.tell('removed')
  await becomes(t, open, ['0'], 'all have ended')
})
