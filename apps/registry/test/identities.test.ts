import t from 'tap'
import { adminToken, openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

interface Identity {
  readonly cluster_id: string
  readonly name: string
  readonly nodes: Record<string, string>
  readonly endpoints: number[]
  readonly merged: string[]
  readonly conflict: string | null
  readonly question: Question | null
}
interface Question {
  readonly key: string
  readonly code: string
  readonly decisions: { readonly decision: string; readonly does: string }[]
}
const words = (question: Question) => question.decisions.map(({ decision }) => decision)

const create = async (operation: string, body: object): Promise<number> =>
  (await stack.gateway.ask<{ id: number }>(operation, { body })).id
const proxmox = (name: string) =>
  create('createProxmoxEndpoint', { name, domain: `${name}.example.org`, password: 'secret' })
const evidence = (id: number, over: object = {}) => ({
  proxmox_endpoint_id: id,
  name: 'prod',
  mode: 'cluster',
  version: '9.0.1',
  ca_fingerprint: 'AA:01',
  nodes: [
    { name: 'pve1', ip: '10.0.0.1' },
    { name: 'pve2', ip: null }
  ],
  ...over
})
const identify = (id: number, over: object = {}) =>
  stack.collector.ask<Identity>('identifyCluster', { body: evidence(id, over) })

t.test('clusters: recognised by what does not change', async (t) => {
  const [first, second, third] = [
    await proxmox('one'),
    await proxmox('two'),
    await proxmox('three')
  ]
  const met = await Promise.all([identify(first), identify(second), identify(first)])
  const { cluster_id: prod, nodes } = met[0]
  t.match(prod, /^c[a-z0-9]{8}$/)
  for (const one of met) t.equal(one.cluster_id, prod, 'first contacts at once are one cluster')
  const known = await identify(second)
  t.same(known.endpoints, [first, second], 'two Endpoints into one cluster')
  t.match(nodes, { pve1: /^n[a-z0-9]{8}$/, pve2: /^n[a-z0-9]{8}$/ })

  const blind = await identify(first, { ca_fingerprint: null })
  t.match(blind, { cluster_id: prod, conflict: null }, 'a CA that cannot be read changes nothing')
  const renamed = await identify(first, {
    name: 'production',
    nodes: [...evidence(first).nodes, { name: 'pve3', ip: null }]
  })
  t.match(renamed, { cluster_id: prod, name: 'production', conflict: null })
  t.equal(renamed.nodes.pve1, nodes.pve1, 'nodes keep their ids')
  t.equal(Object.keys(renamed.nodes).length, 3, 'a new node is learnt')

  const blindly = await identify(first, { name: 'renamed', ca_fingerprint: null })
  t.match(blindly, { cluster_id: prod, conflict: null }, 'renamed, its nodes being the same')
  await identify(first, { name: 'production' })

  const equal = await identify(third, { name: 'production', ca_fingerprint: 'BB:02' })
  t.not(equal.cluster_id, prod, 'an equal name is no identity')
  t.not(equal.nodes.pve1, nodes.pve1, 'nor is the name of a node')

  const moved = await identify(third, { name: 'production' })
  t.equal(moved.cluster_id, equal.cluster_id)
  t.match(moved.conflict, /led into cluster production .* before/, 'an Endpoint that moved')
  const rebuilt = await identify(first, {
    name: 'lab',
    ca_fingerprint: 'CC:03',
    nodes: [{ name: 'lab1', ip: null }]
  })
  t.match(rebuilt, { cluster_id: prod, conflict: /CA certificate/ })
  t.notOk('lab1' in rebuilt.nodes, 'a contradiction teaches nothing')
  const back = await identify(first, { name: 'production' })
  t.match(back, { cluster_id: prod, conflict: null, endpoints: [first, second] })
  const newCa = await identify(second, { name: 'production', ca_fingerprint: 'DD:04' })
  t.match(newCa, { cluster_id: prod, conflict: null }, 'a renewed CA, all else being the same')

  const endpoint = await stack.gateway.ask<object>('readProxmoxEndpoint', { params: { id: first } })
  t.match(endpoint, { mode: { value: 'cluster', label: 'Cluster' }, version: '9.0.1' })
  const gone = await stack.collector.call('identifyCluster', { body: evidence(9999) })
  t.equal(gone.status, 404)
})

t.test(
  'nodes: a new name is the same node where the old one is gone and the address stayed',
  async (t) => {
    const id = await proxmox('renaming')
    const ca = { ca_fingerprint: 'EE:05', name: 'renaming' }
    const at = (name: string, ip: string | null) => ({ name, ip })
    const meet = (...nodes: { name: string; ip: string | null }[]) => identify(id, { ...ca, nodes })
    const before = await meet(at('a', '10.1.0.1'), at('b', '10.1.0.2'))
    const renamed = await meet(at('a2', '10.1.0.1'), at('b', '10.1.0.2'))
    t.equal(renamed.nodes.a2, before.nodes.a, 'the same device')
    t.notOk('a' in renamed.nodes)
    const moved = await meet(at('a2', '10.1.0.9'), at('b', '10.1.0.2'))
    t.same(moved.nodes, renamed.nodes, 'a change of address keeps the identity')
    const swapped = await meet(at('b', '10.1.0.9'), at('a2', '10.1.0.2'))
    t.same(swapped.nodes, renamed.nodes, 'where both names are known, the name decides')
    const joined = await meet(at('a2', '10.1.0.2'), at('b', '10.1.0.9'), at('c', '10.1.0.3'))
    t.not(joined.nodes.c, joined.nodes.b)
    const blind = await meet(at('a2', null), at('b', null), at('d', null))
    t.ok('c' in blind.nodes && 'd' in blind.nodes, 'no address, no rename: c is gone, d is new')
    const both = await meet(at('a2', '10.1.0.1'), at('b', '10.1.0.2'), at('d', '10.1.0.1'))
    t.equal(both.nodes.d, blind.nodes.d)
    t.equal(Object.keys(both.nodes).length, 4)
    await stack.age(both.nodes.c ?? '')
    const late = await meet(at('a2', '10.1.0.1'), at('b', '10.1.0.2'), at('e', '10.1.0.3'))
    t.not(late.nodes.e, both.nodes.c, 'an address may be used anew long after its node has gone')

    const single = await proxmox('single')
    const alone = { mode: 'standalone', ca_fingerprint: 'EE:06' }
    const first = await identify(single, { ...alone, name: 'pve', nodes: [at('pve', null)] })
    const after = await identify(single, { ...alone, name: 'lab', nodes: [at('lab', null)] })
    t.match(after, { cluster_id: first.cluster_id, name: 'lab', conflict: null })
    t.equal(after.nodes.lab, first.nodes.pve, 'the only node of a standalone server')
  }
)

t.test(
  'two clusters without a readable CA are two, though all their names are equal',
  async (t) => {
    const blind = { ca_fingerprint: null, name: 'twins' }
    const [one, two] = [await proxmox('twin-a'), await proxmox('twin-b')]
    const [a, b] = [await identify(one, blind), await identify(two, blind)]
    t.not(a.cluster_id, b.cluster_id)
    t.not(a.nodes.pve1, b.nodes.pve1)
    t.equal((await identify(one, blind)).cluster_id, a.cluster_id, 'each is kept')
    await identify(one, { name: 'twins', ca_fingerprint: 'FF:01' })
    const seen = await identify(two, { name: 'twins', ca_fingerprint: 'FF:01' })
    t.match(
      seen,
      { cluster_id: b.cluster_id, conflict: /before, and now into twins/ },
      'they were one'
    )
  }
)

const netbox = 'bcontradict'
/** A side as one Endpoint shows it to a Run of that NetBox. */
const at = (name: string, ca: string | null, ...nodes: string[]) => ({
  ...{ netbox, name, ca_fingerprint: ca },
  nodes: nodes.map((node) => ({ name: node, ip: null }))
})
const decide = (question: Question, word: string, over: object = {}) =>
  stack.inventory.ask('storeDecision', {
    body: {
      ...{ netbox, key: question.key, field: null, code: question.code, user: 'ann' },
      decision: question.decisions.find(({ decision }) => decision.startsWith(`${word}:`))
        ?.decision,
      ...over
    }
  })
const ask = async (id: number, shown: object): Promise<Question> => {
  const { conflict, question } = await identify(id, shown)
  if (conflict === null || question === null) throw new Error(`nothing is asked: ${conflict}`)
  return question
}

t.test('a contradiction is asked about, and what was answered is carried out once', async (t) => {
  const [edge, back] = [await proxmox('edge'), await proxmox('back')]
  const old = at('old', 'AB:01', 'o1', 'o2')
  const fresh = at('fresh', 'AB:02', 'f1')
  const first = await identify(edge, old)
  t.match(first, { question: null, conflict: null })
  const id = first.cluster_id

  const asked = await ask(edge, fresh)
  t.match(asked, {
    ...{ key: `cluster:${id}`, kind: 'cluster', label: 'old', field: null, netbox_id: null },
    code: 'cluster-contradicts',
    detail: /^Proxmox Endpoint edge shows cluster fresh: .* differ from those of old/,
    ...{ proxmox: 'fresh; CA AB:02; nodes f1', netbox: 'old; CA AB:01; nodes o1, o2' }
  })
  t.same(
    asked.decisions.map(({ decision }) => decision.replace(/[0-9a-f]{8}$/, 'mark')),
    ['same:mark', 'another:mark', 'hold:mark']
  )
  t.same(
    await ask(edge, { ...fresh, name: 'more' }).then(words),
    words(asked),
    'the CA is the side'
  )

  await decide(asked, 'same', { netbox: 'banother' })
  await ask(edge, fresh)
  await decide(asked, 'same')
  t.match(await identify(edge, { ...fresh, netbox: undefined }), { question: { code: asked.code } })
  const other = await ask(edge, at('third', 'AB:03', 't1'))
  t.notSame(words(other), words(asked), 'another contradiction has decisions of its own')

  const same = await identify(edge, fresh)
  t.match(same, { cluster_id: id, name: 'fresh', conflict: null, question: null })
  t.match(await identify(edge, fresh), { cluster_id: id, conflict: null }, 'it was learnt')
  const again = await ask(edge, old)
  t.match(
    again,
    { label: 'fresh', netbox: 'fresh; CA AB:02; nodes f1' },
    'what was, is no evidence'
  )
  const blind = await ask(edge, { ...old, ca_fingerprint: null })
  t.match(blind, { proxmox: 'old; CA unknown; nodes o1, o2' })

  await decide(again, 'same')
  await identify(edge, old)
  t.same(
    (await identify(edge, old)).nodes,
    { ...first.nodes, ...same.nodes },
    'nodes keep their ids'
  )
  t.same(words(await ask(edge, fresh)), words(asked), 'the same question, word for word')

  await decide(asked, 'hold')
  t.match(await identify(edge, fresh), { cluster_id: id, conflict: String, question: null })
  await identify(edge, old)
  await ask(edge, fresh)

  await identify(back, old)
  await decide(asked, 'another')
  t.match(
    await identify(back, old),
    { cluster_id: id, conflict: null },
    'as the other Endpoint says'
  )
  const [moved, twice] = await Promise.all([identify(edge, fresh), identify(edge, fresh)])
  t.equal(twice.cluster_id, moved.cluster_id, 'one new cluster for two Runs at once')
  t.not(moved.cluster_id, id)
  t.match(moved, { conflict: null, endpoints: [edge] })
  t.same((await identify(back, old)).endpoints, [back], 'the old one is left to the other Endpoint')

  const known = await ask(back, fresh)
  t.match(known.decisions, [{ decision: /^another/, does: /into cluster fresh/ }, {}])
  t.equal(known.decisions.length, 2, 'a known CA says which cluster it is')
  await decide(known, 'another')
  const joined = await identify(back, fresh)
  t.match(joined, { cluster_id: moved.cluster_id, endpoints: [edge, back] })
  const home = await ask(back, old)
  await decide(home, 'another')
  t.match(await identify(back, old), { cluster_id: id, conflict: null })
  t.same((await identify(back, old)).nodes, { ...first.nodes, ...same.nodes })
})

t.test('two ids whose CA turns out to be one are asked about, and become the older', async (t) => {
  for (const [ca, isOlderReadFirst] of [
    ['FE01', true],
    ['FE02', false]
  ] as const) {
    const [one, two] = [await proxmox(`${ca}-a`), await proxmox(`${ca}-b`)]
    const [blind, seen] = [at('duo', null, 'd1', 'd2'), at('duo', ca, 'd1', 'd2')]
    const [older, younger] = [await identify(one, blind), await identify(two, blind)]
    t.not(older.cluster_id, younger.cluster_id)
    const [known, asking] = isOlderReadFirst ? [one, two] : [two, one]
    t.match(await identify(known, seen), { conflict: null })
    const question = await ask(asking, seen)
    t.match(question, {
      key: `cluster:${(asking === one ? older : younger).cluster_id}`,
      detail: /whose CA was never read, before, and now into duo/,
      decisions: [
        {
          decision: /^same:/,
          does: new RegExp(
            `^Clusters .* are one: all .* lead into duo \\(${older.cluster_id}\\) from now on; .* of duo \\(${younger.cluster_id}\\) is left`
          )
        },
        { decision: /^another:/ },
        { decision: /^hold:/ }
      ]
    })
    await decide(question, 'same')
    for (const endpoint of [asking, known, asking])
      t.match(await identify(endpoint, seen), { cluster_id: older.cluster_id, conflict: null })
    t.same((await identify(one, blind)).endpoints, [one, two])
    t.same((await identify(two, seen)).nodes, older.nodes, 'nodes keep their ids')
    const { merged } = await stack.inventory.ask<{ merged: string[] }>('readInUse', {})
    t.ok(merged.includes(younger.cluster_id))
    t.notOk(merged.includes(older.cluster_id))
    t.same((await identify(one, seen)).merged, [younger.cluster_id])
    const renamed = at('duet', ca, 'd1', 'd2')
    t.match(await identify(two, renamed), { cluster_id: older.cluster_id, name: 'duet' })
  }
})

t.test(
  'three ids of one cluster: each that was merged is told by the one that stays',
  async (t) => {
    const endpoints = [await proxmox('tri-a'), await proxmox('tri-b'), await proxmox('tri-c')]
    const [blind, seen] = [at('tri', null, 't1'), at('tri', 'FC:01', 't1')]
    const ids: string[] = []
    for (const endpoint of endpoints) ids.push((await identify(endpoint, blind)).cluster_id)
    const [one = 0, two = 0, three = 0] = endpoints
    await identify(two, seen)
    await decide(await ask(three, seen), 'same')
    t.match(await identify(three, seen), { cluster_id: ids[1], merged: [ids[2]] })
    await decide(await ask(one, seen), 'same')
    t.match(await identify(one, seen), { cluster_id: ids[0], endpoints })
    t.same((await identify(one, seen)).merged, [ids[1], ids[2]])
  }
)

t.test('another, though the two were one: taken back, the older id stays', async (t) => {
  const [one, two] = [await proxmox('blind'), await proxmox('sharp')]
  const [blind, seen] = [at('uno', null, 'u1'), at('uno', 'FD:01', 'u1')]
  const older = await identify(one, blind)
  const younger = await identify(two, seen)
  const question = await ask(one, seen)
  await decide(question, 'another')
  t.equal((await identify(one, seen)).cluster_id, younger.cluster_id)
  await decide(question, 'same')
  t.match(await identify(one, seen), { cluster_id: older.cluster_id, endpoints: [one, two] })
  t.match(await identify(two, seen), { cluster_id: older.cluster_id, conflict: null })
  t.same((await identify(two, seen)).nodes, older.nodes)
})

t.test('another, decided by mistake, is taken back by same', async (t) => {
  const [edge, back, spare] = [await proxmox('m1'), await proxmox('m2'), await proxmox('m3')]
  const [old, fresh] = [at('was', 'BA:01', 'w1'), at('is', 'BA:02', 'i1')]
  const first = await identify(edge, old)
  const id = first.cluster_id
  await identify(back, old)
  await identify(spare, old)
  const question = await ask(edge, fresh)
  await decide(question, 'same', { netbox: 'bslow' })
  await decide(question, 'another')
  const parted = await identify(edge, fresh)
  t.not(parted.cluster_id, id)
  t.match(
    await identify(edge, { ...fresh, netbox: 'bslow' }),
    { cluster_id: parted.cluster_id },
    'what somebody has decided before that does not take it back'
  )

  const also = await ask(back, fresh)
  t.match(also.decisions, [{ decision: /^same/ }, { decision: /^another/ }, {}])
  await decide(also, 'another')
  t.equal((await identify(back, fresh)).cluster_id, parted.cluster_id)
  await decide(question, 'same', { decision: 'same:00000000' })
  t.equal((await identify(edge, fresh)).cluster_id, parted.cluster_id, 'not by another mark')

  await decide(question, 'same')
  const grown = at('is', 'BA:02', 'i1', 'i2')
  t.equal((await identify(edge, { ...grown, netbox: 'bslow' })).cluster_id, parted.cluster_id)
  const [home, twice, with_] = await Promise.all([
    identify(edge, grown),
    identify(edge, grown),
    identify(edge, { ...grown, netbox: undefined })
  ])
  t.match(home, { cluster_id: id, conflict: null, question: null, name: 'is' })
  t.equal(twice.cluster_id, id, 'once, for two Runs at once')
  t.match(with_.conflict, null)
  t.match(await identify(back, grown), { cluster_id: id, conflict: null }, 'with all its Endpoints')
  t.same((await identify(edge, grown)).endpoints, [edge, back, spare])
  t.equal((await identify(edge, grown)).nodes.w1, first.nodes.w1)

  const late = await ask(spare, old)
  t.match(late, { key: `cluster:${id}`, netbox: /^is; CA BA:02/ }, 'who shows what was is asked')
  await decide(late, 'another')
  const third = await identify(spare, old)
  t.notOk([id, parted.cluster_id].includes(third.cluster_id), 'the younger id is nobody any more')
  await decide(late, 'same')
  t.match(await identify(spare, old), { cluster_id: id, conflict: null, name: 'was' })
  await ask(edge, grown)
})

t.test('a cluster is in use while an enabled Endpoint leads into it', async (t) => {
  const [main, spare, other] = [await proxmox('main'), await proxmox('spare'), await proxmox('oth')]
  const shown = { ca_fingerprint: 'AC:01', name: 'act' }
  const { cluster_id: id } = await identify(main, shown)
  await identify(spare, shown)
  const inUse = () =>
    stack.inventory.ask<{ clusters: string[]; endpoints: string[] }>('readInUse', {})
  const isUsed = async () => (await inUse()).clusters.includes(id)
  const enable = (endpoint: number, enabled: boolean) =>
    stack.gateway.ask('updateProxmoxEndpoint', { params: { id: endpoint }, body: { enabled } })
  t.ok((await inUse()).endpoints.includes('oth'), 'an Endpoint that was never read is in use')
  await enable(main, false)
  t.ok(await isUsed(), 'the other one leads there')
  t.notOk((await inUse()).endpoints.includes('main'))
  await enable(spare, false)
  t.notOk(await isUsed())
  await enable(main, true)
  t.ok(await isUsed())
  await stack.gateway.call('deleteProxmoxEndpoint', { params: { id: main } })
  t.notOk(await isUsed(), 'one that is removed leads nowhere')
  await stack.gateway.call('deleteProxmoxEndpoint', { params: { id: other } })
  t.notOk((await inUse()).endpoints.includes('oth'))
})

t.test('a NetBox is in use while an Endpoint is for it, enabled or not', async (t) => {
  const add = async (name: string) => {
    const body = { name, domain: 'nb.example.org', token: 'ab'.repeat(20) }
    return (await stack.gateway.ask<{ id: number }>('createNetBoxEndpoint', { body })).id
  }
  const look = (id: number, found: string[]) =>
    stack.collector.ask<{ netbox: string; tag: string }>('identifyNetBox', {
      body: { netbox_endpoint_id: id, found }
    })
  const inUse = async () =>
    (await stack.inventory.ask<{ netboxes: string[] }>('readInUse', {})).netboxes
  const remove = (id: number) => stack.gateway.call('deleteNetBoxEndpoint', { params: { id } })
  const [first, second] = [await add('one'), await add('two')]
  const { netbox, tag } = await look(first, [])
  const { netbox: former } = await look(second, [tag])
  t.same(await inUse(), [netbox, former].sort())
  const same = { params: { id: second }, body: { decision: 'same' } }
  await stack.gateway.ask('takeOverNetBox', { ...same, baseUrl: 'http://proxbox' })
  t.same(await inUse(), [netbox], 'two rows are one NetBox')
  await stack.gateway.ask('updateNetBoxEndpoint', {
    params: { id: second },
    body: { enabled: false }
  })
  await remove(first)
  t.same(await inUse(), [netbox], 'the other one has it, though it is disabled')
  await remove(second)
  t.same(await inUse(), [])
})

t.test('tokens and settings', async (t) => {
  const authenticate = (token: string) => stack.gateway.call('authenticate', { body: { token } })
  t.match(await authenticate(adminToken), {
    status: 200,
    body: { user: 'admin', superuser: true, write: true }
  })
  t.match(await authenticate('nobody'), { status: 401, body: { code: 'TOKEN_INVALID' } })
  const settings = () => stack.collector.ask<Record<string, unknown>>('readSettings', {})
  t.match(await settings(), { retire_after_days: 7, tags: 'all', approval_expire_days: 7 })
  const change = (body: object) => stack.gateway.call('updateSettings', { body })
  t.match(await change({ retire_after_days: 3, tags: ['web'] }), {
    status: 200,
    body: { retire_after_days: 3, tags: ['web'], templates: 'exclude' }
  })
  for (const bad of [
    { retire_after_days: -1 },
    { approval_expire_days: 0 },
    { tags: 7 },
    { unheard_of: 1 }
  ])
    t.equal((await change(bad)).status, 400, JSON.stringify(bad))
  t.match(await settings(), { retire_after_days: 3, tags: ['web'] })

  const next = 'another-token-of-the-administrator'
  const again = await stack.start({ PROXBOX_ADMIN_TOKEN: next })
  t.teardown(() => again.stop())
  t.equal((await authenticate(next)).status, 200)
  t.equal((await authenticate(adminToken)).status, 401, 'a new token takes the place of the old')
  t.match(await settings(), { retire_after_days: 3 }, 'settings outlive a restart')
  const health = await fetch(`${again.url}/readyz`, { signal: AbortSignal.timeout(5000) })
  t.match(await health.json(), { status: 'ok', parts: { database: 'ok', bus: 'ok' } })
})

t.test('while Postgres is away: alive, not ready, and every call says why', async (t) => {
  await stack.stopPostgres()
  const unavailable = { status: 503, body: { code: 'DATABASE_UNAVAILABLE', disposition: 'wait' } }
  t.match(await stack.gateway.call('readSettings', {}), unavailable, 'a statement alone')
  const body = { retire_after_days: 1 }
  t.match(await stack.gateway.call('updateSettings', { body }), unavailable, 'a transaction')
  const health = async (path: string) =>
    (await fetch(`${stack.url}${path}`, { signal: AbortSignal.timeout(5000) })).status
  t.equal(await health('/livez'), 200)
  t.equal(await health('/readyz'), 503)
})
