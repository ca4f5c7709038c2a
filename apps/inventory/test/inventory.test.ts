import type { Change, Intent, Outcome } from '@proxbox/contracts'
import t from 'tap'
import { openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

const netbox = 'b1234abcd'
type Page<T> = { results: T[]; next: string | number | null }
interface Listed {
  readonly count: number
  readonly next: string | null
  readonly results: Record<string, unknown>[]
}

const post = (operation: string, body: object, attempt = 1, runId = 'run-1') =>
  stack.collector.call<Record<string, unknown>>(operation, {
    body: { netbox, run_id: runId, attempt, ...body }
  })
const get = <T>(operation: string, query: object) =>
  stack.collector.ask<T>(operation, { query: query as Record<string, unknown> })
const list = (operation: string, query: object, id?: string) =>
  stack.gateway.ask<Listed>(operation, {
    baseUrl: 'http://proxbox',
    query: query as Record<string, unknown>,
    ...(id === undefined ? {} : { params: { id } })
  })

const change = (key: string, over: Partial<Change> = {}): Change => ({
  key,
  kind: 'vm',
  action: 'create',
  netbox_id: null,
  before: {},
  after: { name: key },
  why: { name: { policy: 'source', reason: 'Proxmox names it' } },
  label: `label of ${key}`,
  origin: 'created',
  ...over
})
const intent = ({ key, kind, action, netbox_id, before, after }: Change): Intent => ({
  key,
  kind,
  action,
  netbox_id,
  before,
  values: after
})
const outcome = (one: Change, netboxId: number | null, over: Partial<Outcome> = {}): Outcome => ({
  change: one,
  state: 'done',
  netbox_id: netboxId,
  detail: '',
  ...over
})
const announce = (changes: readonly Change[], attempt = 1, runId = 'run-1') =>
  post('recordIntents', { intents: changes.map(intent) }, attempt, runId)
const record = (outcomes: readonly Outcome[], attempt = 1, runId = 'run-1') =>
  post('recordOutcomes', { outcomes }, attempt, runId)
const openIntents = async () =>
  (await get<Page<Intent>>('readIntents', { netbox })).results.map((one) => one.key)
const ledger = async () =>
  (await get<Page<Record<string, unknown>>>('readLedger', { netbox })).results

t.test('an announced write, its outcome, and a late field', async (t) => {
  const vm = change('vm:c1/qemu/100', { after: { name: 'web' }, evidence: { uuid: 'u-1' } })
  const other = change('vm:c1/qemu/101')
  t.match(await announce([vm, other]), { status: 200, body: { stored: 2 } })
  t.same((await announce([vm])).body, { stored: 1 }, 'announced again')
  t.same(await openIntents(), [vm.key, other.key])
  const page = [outcome(vm, 7), outcome(other, null, { state: 'refused', detail: 'name: taken' })]
  t.match(await record(page), { status: 200, body: { stored: 2 } })
  t.match(await record(page), { status: 200, body: { stored: 2 } }, 'the same page again')
  t.same(await openIntents(), [])
  t.match(await ledger(), [
    {
      key: vm.key,
      netbox_id: 7,
      origin: 'created',
      last_written: { name: 'web' },
      evidence: { uuid: 'u-1' }
    }
  ])

  const late = change(vm.key, {
    action: 'update',
    netbox_id: 7,
    before: { primary_ip4: null },
    after: { primary_ip4: { ref: 'address:1' } }
  })
  await announce([late])
  await record([outcome(late, 7)])
  const [row] = await ledger()
  t.same(row?.last_written, { name: 'web', primary_ip4: { ref: 'address:1' } })

  const feed = await stack.feedOf('vm', 2)
  t.same(
    feed.map((one) => one.subject),
    ['proxbox.changes.vm.created', 'proxbox.changes.vm.updated'],
    'each write once'
  )
  t.match(feed[0], {
    payload: { key: vm.key, action: 'created', netbox, netbox_id: 7, after: { name: 'web' } },
    headers: {
      'ce-specversion': '1.0',
      'ce-type': 'proxbox.vm.created',
      'ce-source': `/proxbox/netboxes/${netbox}`,
      'ce-subject': encodeURIComponent(vm.key),
      'content-type': 'application/json'
    }
  })
  t.equal(feed[0]?.headers['ce-id'], feed[0]?.headers['Nats-Msg-Id'])
})

t.test(
  "what is somebody else's is told of a write, and the Ledger does not learn it",
  async (t) => {
    const runId = '0199aaaa-0000-7000-8000-000000000003'
    const after = { name: 'web', 'cf.owner': 'ops' }
    const vm = change('vm:foreign', { after, foreign: ['cf.owner'] })
    await announce([vm], 1, runId)
    await record([outcome(vm, 6)], 1, runId)
    const row = (await ledger()).find((one) => one.key === vm.key)
    t.same(row?.last_written, { name: 'web' })
    t.match((await list('listRunChanges', {}, runId)).results, [{ after }])
  }
)

t.test('an Item is called as NetBox calls it since it was renamed', async (t) => {
  const vm = (label: string, more: object) => change('vm:renamed', { label, ...more })
  const named = { action: 'update', netbox_id: 5, before: { name: 'old' }, after: { name: 'new' } }
  const runId = '0199aaaa-0000-7000-8000-000000000002'
  await announce([vm('old', { after: { name: 'old' } })], 1, runId)
  await record([outcome(vm('old', { after: { name: 'old' } }), 5)], 1, runId)
  await announce([vm('old', named)], 1, runId)
  await record([outcome(vm('old', named), 5)], 1, runId)
  t.match((await list('listItems', { key: 'vm:renamed' })).results, [
    { label: 'new', netbox_id: 5 }
  ])
})

t.test(
  'a part that gets another name is called so, with its guest, in Items and Ledger',
  async (t) => {
    const nic = (name: string, more: object = {}) =>
      change('vm:parted/net0', {
        kind: 'vm-interface',
        label: `web-1 ${name}`,
        after: { name },
        ...more
      })
    const named = {
      action: 'update',
      netbox_id: 6,
      before: { name: 'net0' },
      after: { name: 'lan' }
    }
    const runId = '0199aaaa-0000-7000-8000-000000000004'
    await announce([nic('net0')], 1, runId)
    await record([outcome(nic('net0'), 6)], 1, runId)
    await announce([nic('net0', named)], 1, runId)
    await record([outcome(nic('net0', named), 6)], 1, runId)
    const key = 'vm:parted/net0'
    t.match((await list('listItems', { key })).results, [{ label: 'web-1 lan' }])
    t.match(
      (await ledger()).find((one) => one.key === key),
      { label: 'web-1 lan', last_written: { name: 'lan' } }
    )
  }
)

t.test(
  'a refusal outlives the late field that NetBox takes, and ends with what it refused',
  async (t) => {
    const runId = '0199aaaa-0000-7000-8000-00000000000f'
    const first = change('vm:refused', { action: 'update', netbox_id: 9, after: { memory: 1 } })
    const late = { ...first, after: { primary_ip4: { ref: 'address:1' } } }
    const waiting = async () =>
      (await get<Page<{ key: string }>>('readQuarantine', { netbox })).results.map(({ key }) => key)
    const told = async () => await list('listRunChanges', {}, runId)
    await announce([first], 1, runId)
    await record([outcome(first, 9, { state: 'refused', detail: 'memory: no' })], 1, runId)
    await announce([late], 1, runId)
    await record([outcome(late, 9)], 1, runId)
    t.match(await told(), { results: [{ outcome: 'refused', detail: 'memory: no' }] })
    t.ok((await waiting()).includes(first.key))
    const applied = await get<Page<{ change: object }>>('readAppliedPage', { run_id: runId })
    t.match(applied.results, [{ change: { after: late.after } }])
    await record([outcome(first, 9)], 1, runId)
    t.match(await told(), { results: [{ outcome: 'done' }] })
    t.notOk((await waiting()).includes(first.key))
  }
)

t.test(
  'a field that was left out is told beside what was written, before and after it',
  async (t) => {
    const runId = '0199aaaa-0000-7000-8000-00000000001f'
    const made = change('vm:partly', { after: { name: 'web' } })
    const rest = { ...made, action: 'update' as const, after: { platform: { ref: 'platform:x' } } }
    const late = {
      ...made,
      action: 'update' as const,
      after: { primary_ip4: { ref: 'address:1' } }
    }
    const told = async () => (await list('listRunChanges', {}, runId)).results
    await announce([made], 1, runId)
    await record([outcome(made, 12)], 1, runId)
    await record([outcome(rest, 12, { state: 'skipped', detail: 'platform: no' })], 1, runId)
    await announce([late], 1, runId)
    await record([outcome(late, 12)], 1, runId)
    t.match(await told(), [{ action: 'create', outcome: 'skipped', detail: 'platform: no' }])
    const applied = await get<Page<{ change: object }>>('readAppliedPage', { run_id: runId })
    t.match(applied.results, [{ change: { after: { ...made.after, ...late.after } } }])
    t.notOk(JSON.stringify(applied).includes('platform'), 'an undo does not look for it')
    await record([outcome(rest, 12)], 1, runId)
    t.match(await told(), [{ outcome: 'done' }], 'until it is written')
  }
)

t.test('the Changes of a Run, filtered, ordered, in pages', async (t) => {
  const runId = '0199aaaa-0000-7000-8000-000000000001'
  const vm = change('vm:a', { label: '100% web', after: { name: 'web' } })
  const late = change('vm:a', {
    action: 'update',
    netbox_id: 1,
    before: { status: 'x' },
    after: { status: 'y' }
  })
  const disk = change('disk:a', { kind: 'disk' })
  const held = { change: change('vm:b'), guard: 'vanished', code: 'ITEM_HELD', reason: 'too many' }
  const follows = change('disk:a', { kind: 'disk', action: 'update' })
  await post('storePlanPage', { page: 0, changes: [vm, disk], held: [] }, 1, runId)
  await post('storePlanPage', { page: 1, changes: [], held: [held] }, 1, runId)
  await announce([vm, disk], 1, runId)
  await record(
    [outcome(vm, 1), outcome(disk, null, { state: 'refused', detail: 'size' })],
    1,
    runId
  )
  await announce([late], 1, runId)
  await record([outcome(late, 1), outcome(follows, null, { state: 'skipped' })], 1, runId)
  const all = await list('listRunChanges', { ordering: 'key' }, runId)
  t.match(all, {
    count: 3,
    next: null,
    results: [
      { key: 'disk:a', outcome: 'refused', detail: 'size' },
      {
        key: 'vm:a',
        action: 'create',
        outcome: 'done',
        netbox_id: 1,
        before: { status: 'x' },
        after: { name: 'web', status: 'y' }
      },
      { key: 'vm:b', outcome: 'held', guard: 'vanished', detail: 'too many' }
    ]
  })
  const filters: [object, number][] = [
    [{ outcome: 'held' }, 1],
    [{ kind: 'disk' }, 1],
    [{ action: 'create' }, 3],
    [{ q: '100%' }, 1],
    [{ q: '1%w' }, 0]
  ]
  for (const [query, count] of filters)
    t.equal((await list('listRunChanges', query, runId)).count, count, JSON.stringify(query))
  const page = await list('listRunChanges', { limit: 2, ordering: '-key' }, runId)
  t.match(page, { count: 3, next: /\/runs\/0199.*\/changes\/\?.*offset=2/, previous: null })
  t.same(
    page.results.map((row) => row.key),
    ['vm:b', 'vm:a']
  )

  // The attempt crashed; the next one plans anew what is left.
  const again = change('disk:a', { kind: 'disk', after: { size: 2 } })
  await post('storePlanPage', { page: 0, changes: [again], held: [] }, 2, runId)
  const anew = await list('listRunChanges', { ordering: 'key' }, runId)
  t.match(anew.results, [
    { key: 'disk:a', outcome: 'planned', after: { size: 2 } },
    { key: 'vm:a', outcome: 'done' }
  ])
})

t.test('a Plan comes back in its order, page by page', async (t) => {
  const runId = '0199aaaa-0000-7000-8000-000000000002'
  const keys = Array.from({ length: 700 }, (_, n) => `vm:${(n * 7919) % 700}`)
  const changes = keys.map((key) => change(key, { evidence: { uuid: key } }))
  const store = () =>
    [changes.slice(0, 400), changes.slice(400)].reduce(
      (before, part, page) =>
        before.then(async () => {
          const reply = await post('storePlanPage', { page, changes: part, held: [] }, 1, runId)
          t.match(reply, { status: 200, body: { stored: part.length } })
        }),
      Promise.resolve()
    )
  await store()
  await store()
  const read: Change[] = []
  let after: number | string | null = 0
  for (let pages = 0; after !== null && pages < 10; pages += 1) {
    const page: Page<{ change: Change }> = await get('readPlanPage', {
      run_id: runId,
      after,
      limit: 300
    })
    read.push(...page.results.map((row) => row.change))
    after = page.next
  }
  t.same(read, changes, 'whole, in order, stored twice')
})

t.test('an older attempt changes nothing any more', async (t) => {
  const vm = change('vm:fenced')
  await announce([vm], 2, 'run-f')
  const late: [string, object][] = [
    ['recordIntents', { intents: [intent(change('vm:late'))] }],
    ['recordOutcomes', { outcomes: [outcome(vm, 9)] }],
    ['recordAdoptions', { adoptions: [] }],
    ['storePlanPage', { page: 0, changes: [], held: [] }],
    ['recordConflicts', { conflicts: [], last: true }],
    ['recordGaps', { gaps: [], clusters: ['c1'], last: true }],
    ['recordItems', { items: [] }]
  ]
  for (const [operation, body] of late)
    t.match(
      await post(operation, body, 1, 'run-f'),
      { status: 409, body: { code: 'ATTEMPT_STALE' } },
      operation
    )
  t.same(await openIntents(), [vm.key], 'nothing of it was stored')
  t.equal((await record([outcome(vm, 9)], 2, 'run-f')).status, 200, 'the newest one may')
  t.equal((await announce([], 1, 'run-g')).status, 200, 'and other Runs')
})

t.test('the Ledger: adoption, deletion, pages', async (t) => {
  const adopted = {
    key: 'tag:x',
    kind: 'tag',
    netbox_id: 3,
    origin: 'adopted',
    evidence_of_match: 'name',
    values: { name: 'x' },
    evidence: {},
    label: 'x'
  }
  await announce([change('tag:x', { kind: 'tag' })])
  t.match(await post('recordAdoptions', { adoptions: [adopted] }), { body: { stored: 1 } })
  t.notOk((await openIntents()).includes('tag:x'), 'an adoption answers the intent')
  const gone = change('tag:x', {
    kind: 'tag',
    action: 'delete',
    netbox_id: 3,
    before: { name: 'x' },
    after: {}
  })
  await announce([gone])
  await record([outcome(gone, 3)])
  await record([outcome(gone, 3)])
  t.notOk((await ledger()).some((row) => row.key === 'tag:x'))
  t.equal((await stack.feedOf('tag', 1)).length, 1)

  const many = Array.from({ length: 450 }, (_, n) =>
    change(`vlan:${String(n).padStart(3, '0')}`, { kind: 'vlan' })
  )
  await record(many.map((one, n) => outcome(one, n + 1)))
  const read: string[] = []
  let after: string | number | null | undefined
  for (let pages = 0; after !== null && pages < 20; pages += 1) {
    const query = { netbox, limit: 100, ...(after === undefined ? {} : { after }) }
    const page: Page<{ key: string }> = await get('readLedger', query)
    read.push(...page.results.map((row) => row.key))
    after = page.next
  }
  t.same(
    read.filter((key) => key.startsWith('vlan:')),
    many.map((one) => one.key)
  )
  t.equal(new Set(read).size, read.length)
  const other = await get<Page<object>>('readLedger', { netbox: 'bother000' })
  t.same(other.results, [], 'each NetBox has its own')
  const items = await list('listItems', { kind: ['vlan', 'tag'], limit: 0, netbox })
  t.equal(items.count, 450)
  t.match((await list('listItems', { q: 'VLAN:044' })).results, [
    { key: 'vlan:044', netbox_id: 45, origin: 'created', fields: { name: 'vlan:044' } }
  ])
})

t.test('the Items of one cluster, its nodes and all their parts', async (t) => {
  const runId = '0199aaaa-0000-7000-8000-000000000003'
  const made = (key: string, kind: string, cluster: string) =>
    change(key, { kind: kind as Change['kind'], after: { cluster: { ref: `cluster:${cluster}` } } })
  const of = (cluster: string, node: string) => [
    made(`cluster:${cluster}`, 'cluster', cluster),
    made(`vlan:${cluster}/50`, 'vlan', cluster),
    made(`device:${node}`, 'device', cluster),
    made(`interface:${node}/vmbr0`, 'interface', ''),
    made(`ip:interface:${node}/vmbr0/10.0.0.1`, 'ip-address', ''),
    made(`vm:${cluster}/qemu/1`, 'vm', cluster),
    made(`mac:vm:${cluster}/qemu/1/net0/AA`, 'mac-address', '')
  ]
  const all = [...of('cone', 'n1'), ...of('conetwo', 'n11')]
  await announce(all, 1, runId)
  await record(
    all.map((one, index) => outcome(one, 9000 + index)),
    1,
    runId
  )
  const keysOf = async (cluster: string | string[]) =>
    (await list('listItems', { cluster, limit: 0 })).results.map((row) => Reflect.get(row, 'key'))
  const keys = all.map(({ key }) => key)
  t.same((await keysOf('cone')).sort(), keys.slice(0, 7).sort())
  t.same((await keysOf(['conetwo', 'cone'])).sort(), [...keys].sort())
  t.same(await keysOf('co'), [])
})

t.test('Items that the inventory itself holds', async (t) => {
  const item = (name: string, used: number) => ({
    key: `storage:c1/${name}`,
    kind: 'storage',
    label: name,
    fields: { used, content: ['iso'] }
  })
  const store = async (...items: object[]) => (await post('recordItems', { items })).body
  t.same(await store(item('a', 1), item('b', 1)), { created: 2, updated: 0, unchanged: 0 })
  t.same(await store(item('a', 1), item('b', 2), item('c', 1)), {
    created: 1,
    updated: 1,
    unchanged: 1
  })
  t.equal((await list('listItems', { kind: 'storage' })).count, 3)
  t.notOk(
    (await ledger()).some((row) => row.kind === 'storage'),
    'no NetBox keeps them'
  )
})

t.test('a value that no message can hold is left out of the feed alone', async (t) => {
  const big = change('site:big', { kind: 'site', after: { comments: 'x'.repeat(250_000) } })
  const small = change('site:small', { kind: 'site' })
  await announce([big, small])
  await record([outcome(big, 1), outcome(small, 2)])
  const feed = await stack.feedOf('site', 2)
  t.match(feed[0]?.payload, { key: 'site:big', before: null, after: null })
  t.match(feed[1]?.payload, { key: 'site:small', after: { name: 'site:small' } })
})

t.test('an Item is one object, and an object one Item', async (t) => {
  const ledger = async () => {
    const { results } = await get<Page<Record<string, unknown>>>('readLedger', { netbox: 'bmoved' })
    return results.map(({ key, netbox_id, last_written }) => ({ key, netbox_id, last_written }))
  }
  const adopt = (key: string, netboxId: number, values: Record<string, unknown>) =>
    post('recordAdoptions', {
      netbox: 'bmoved',
      adoptions: [
        {
          key,
          kind: 'vm',
          netbox_id: netboxId,
          origin: 'adopted',
          evidence_of_match: 'name',
          values,
          evidence: {},
          label: key
        }
      ]
    })
  await adopt('vm:c1/qemu/100', 7, { name: 'a', memory: 1 })
  await adopt('vm:c1/qemu/100', 8, { name: 'a' })
  t.same(
    await ledger(),
    [{ key: 'vm:c1/qemu/100', netbox_id: 8, last_written: { name: 'a' } }],
    'what was written to another object is no base'
  )
  await adopt('vm:c1/qemu/200', 8, { memory: 2 })
  t.same(
    await ledger(),
    [{ key: 'vm:c1/qemu/200', netbox_id: 8, last_written: { memory: 2 } }],
    'a guest that got another key has left its old row'
  )
})
