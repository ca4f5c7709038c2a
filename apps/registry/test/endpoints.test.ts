import { randomBytes } from 'node:crypto'
import t from 'tap'
import { adminToken, backendToken, openStack } from './stack.ts'

const stack = await openStack()
t.teardown(() => stack.close())

const v1 = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334'
/** As NetBox makes them since 4.5. */
const v1Letters = '0EUhxsLMZdY9YKLJz7IKq0aBcDeFgHiJkLmNoPqR'
const v2Secret = 'Q'.repeat(40)
const v2 = `nbt_AbCdEf123456.${v2Secret}`
const pveSecret = '6f9619ff-8b86-d011-b42d-00c04fc964ff'
const password = 'correct horse battery'

type Body = Record<string, unknown>
const send = (operation: string, body: Body, id?: number) =>
  stack.gateway.call<Body & { id: number }>(operation, {
    baseUrl: 'http://proxbox',
    body,
    ...(id === undefined ? {} : { params: { id } })
  })
const read = (operation: string, id: number) =>
  stack.gateway.call<Body>(operation, { baseUrl: 'http://proxbox', params: { id } })

let proxmoxId = 0
let netboxId = 0

t.test('a Proxmox Endpoint: every rule of its fields', async (t) => {
  const base = { name: 'pve', domain: 'pve.example.org', password, site: '' }
  const refused: [string, Body, string][] = [
    ['no credential', { password: undefined }, 'password'],
    ['half a token', { password: undefined, token_value: pveSecret }, 'token_name'],
    ['the other half', { password: undefined, token_name: 'sync' }, 'token_value'],
    ['a user without realm', { username: 'root' }, 'username'],
    ['nowhere', { domain: '' }, 'domain'],
    ['an address that is none', { domain: '', ip_address: '10.0.0.300/24' }, 'ip_address'],
    ['a port that is none', { port: 70_000 }, 'port'],
    ['a port that is a text', { port: '8006' }, 'port'],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['no name', { name: undefined }, 'name'],
    ['a fingerprint that is none', { fingerprint_sha256: 'AB:CD' }, 'fingerprint_sha256'],
    ['a certificate that is none', { ca_certificate: 'not a pem' }, 'ca_certificate'],
    ['a slug that is none', { site: 'Main Site!' }, 'site']
  ]
  for (const [what, change, field] of refused) {
    const body = JSON.parse(JSON.stringify({ ...base, ...change })) as Body // undefined leaves it out
    const reply = await send('createProxmoxEndpoint', body)
    t.equal(reply.status, 400, what)
    t.same(Object.keys(reply.body), [field], `${what} names ${field}`)
    t.notMatch(JSON.stringify(reply.body), /anyOf/, `${what} is told in words`)
  }
  const created = await send('createProxmoxEndpoint', base)
  t.equal(created.status, 201)
  proxmoxId = created.body.id
  t.match(created.body, {
    url: `http://proxbox/api/plugins/proxbox/proxmox-endpoints/${proxmoxId}/`,
    port: 8006,
    username: 'root@pam',
    has_password: true,
    has_token: false,
    verify_ssl: true,
    site: null,
    mode: null
  })
  const taken = await send('createProxmoxEndpoint', base)
  t.equal(taken.status, 400)
  t.same(Object.keys(taken.body), ['name'], 'a name is taken once')

  const whole = { token_value: `PVEAPIToken=sync@pve!netbox=${pveSecret}` }
  const pasted = await send('updateProxmoxEndpoint', whole, proxmoxId)
  t.match(pasted.body, { username: 'sync@pve', token_name: 'netbox', has_token: true })
  const withoutPassword = await send('updateProxmoxEndpoint', { password: '' }, proxmoxId)
  t.match(withoutPassword.body, { has_password: false, has_token: true })
  const withoutAny = await send('updateProxmoxEndpoint', { token_value: '' }, proxmoxId)
  t.equal(withoutAny.status, 400, 'the last credential stays')
  const { body } = await stack.collector.call('readProxmoxConnections', { body: { ids: [] } })
  t.match(body, { results: [{ token_name: 'netbox', token_value: pveSecret, port: 8006 }] })
  t.notMatch(body, { results: [{ password }] })
  await t.rejects(
    stack.orchestrator.call('readProxmoxConnections', { body: { ids: [] }, timeoutMs: 500 }),
    'only the collector may ask'
  )
})

t.test('a NetBox Endpoint: every form of its token', async (t) => {
  const base = { name: 'netbox', domain: 'netbox.example.org' }
  const refused: [string, Body, string][] = [
    ['no token', {}, 'token'],
    ['a token that is none', { token: 'abc' }, 'token'],
    ['v1 called v2', { token: v1, token_version: 'v2' }, 'token'],
    ['a secret without key', { token_secret: v2Secret }, 'token_key'],
    ['a key without secret', { token_key: 'AbCdEf123456' }, 'token_secret'],
    ['no subnet', { token: v1, primary_ip_policy: 'prefer-subnet' }, 'primary_ip_subnet'],
    ['a subnet that is none', { token: v1, primary_ip_subnet: '10.0.0.0/33' }, 'primary_ip_subnet'],
    ['an unknown choice', { token: v1, write_mode: 'yolo' }, 'write_mode']
  ]
  for (const [what, change, field] of refused) {
    const reply = await send('createNetBoxEndpoint', { ...base, ...change })
    t.equal(reply.status, 400, what)
    t.same(Object.keys(reply.body), [field], `${what} names ${field}`)
  }
  const created = await send('createNetBoxEndpoint', { ...base, token: v1 })
  t.equal(created.status, 201)
  netboxId = created.body.id
  t.match(created.body, {
    token_version: { value: 'v1' },
    write_mode: { value: 'plan', label: 'Plan' },
    port: 443
  })
  const connection = async () =>
    (await stack.collector.ask<Body>('readNetBoxConnection', { body: { id: netboxId } })).token
  t.equal(await connection(), v1)
  t.equal((await send('updateNetBoxEndpoint', { token: v1Letters }, netboxId)).status, 200)
  t.equal(await connection(), v1Letters)
  const forms: [string, Body][] = [
    ['whole', { token: `Bearer ${v2}` }],
    ['key and secret', { token_key: 'nbt_AbCdEf123456', token_secret: v2Secret }],
    ['a new secret for the same key', { token_secret: v2Secret }],
    ['whole, as secret', { token_secret: v2 }]
  ]
  for (const [what, form] of forms) {
    const changed = await send('updateNetBoxEndpoint', form, netboxId)
    t.match(changed.body, { token_version: { value: 'v2' }, token_key: 'AbCdEf123456' }, what)
    t.equal(await connection(), v2, what)
  }
  const otherKey = await send('updateNetBoxEndpoint', { token_key: 'ZZZZEf123456' }, netboxId)
  t.same(Object.keys(otherKey.body), ['token_secret'], 'another key needs its secret')
  const otherForm = await send('updateNetBoxEndpoint', { token_version: 'v1' }, netboxId)
  t.same(Object.keys(otherForm.body), ['token'], 'another version needs a token')
  const address = await send(
    'replaceNetBoxEndpoint',
    { name: 'netbox', domain: '', ip_address: '2001:db8::5/64', use_https: false, port: 8001 },
    netboxId
  )
  t.equal(address.status, 200)
  const { base_url } = await stack.collector.ask<Body>('readNetBoxConnection', {
    body: { id: netboxId }
  })
  t.equal(base_url, 'http://[2001:db8::5]:8001')
})

t.test('policies: of known kinds and fields, and only where they make sense', async (t) => {
  const refused: [string, Body, RegExp][] = [
    ['an unknown kind', { 'vms.name': 'source' }, /"vms" is no kind.*tag, custom-field, .*vm, /],
    ['no kind', { name: 'source' }, /"name" is no kind/],
    ['an unknown field', { 'vm.nme': 'fill' }, /vm has no "nme"; it has name, status, .*cf\.NAME/],
    ['a field of all objects', { 'vm.constructor': 'fill' }, /no "constructor"/],
    ['a custom field of what has none', { 'tag.cf.note': 'fill' }, /tag has no "cf.note"/],
    ['a custom field without name', { 'vm.cf.': 'fill' }, /vm has no "cf\."/],
    ['what is only read', { 'tenant.name': 'source' }, /never writes a tenant/],
    ['an unknown policy', { 'vm.name': 'always' }, /policies\.vm\.name|"always" is no policy/],
    ['what a person can change', { 'vm.name': 'own' }, /can be source, merge, fill/],
    ['a shared set', { 'vm.tags': 'source' }, /elements in it, which stay; it can be merge, fill/],
    ['its parent', { 'vm-interface.virtual_machine': 'fill' }, /always own/],
    ['what it is', { 'disk.name': 'merge' }, /which disk this is; it is always own/],
    ['what is set once', { 'custom-field.type': 'source' }, /always fill/]
  ]
  for (const [what, policies, text] of refused) {
    const reply = await send('updateNetBoxEndpoint', { policies }, netboxId)
    t.equal(reply.status, 400, what)
    t.match(JSON.stringify(reply.body).replaceAll('\\"', '"'), text, `${what}: ${text}`)
  }
  const both = await send(
    'updateNetBoxEndpoint',
    { policies: { 'a.b': 'fill', 'vm.x': 'own' } },
    netboxId
  )
  t.match(both.body, { policies: [/"a" is no kind/, /no "x"/] }, 'all at once')
  const policies = {
    'vm.name': 'source',
    'device.cf.rack_note': 'fill',
    'vm-interface.tagged_vlans': 'merge',
    'disk.size': 'own'
  }
  t.match(await send('updateNetBoxEndpoint', { policies }, netboxId), {
    status: 200,
    body: { policies }
  })
  t.same((await read('readNetBoxEndpoint', netboxId)).body.policies, policies)
  const connection = () =>
    stack.collector.ask<Body>('readNetBoxConnection', { body: { id: netboxId } })
  t.same((await connection()).policies, policies)
  await send('updateNetBoxEndpoint', { timeout: 50 }, netboxId)
  t.same((await connection()).policies, policies, 'what is not named stays')
  await send('updateNetBoxEndpoint', { policies: {} }, netboxId)
  t.same((await connection()).policies, {})
})

t.test('sync backends: the built-in one and others', async (t) => {
  const list = await stack.gateway.ask<{ count: number; results: Body[] }>('listFastAPIEndpoints', {
    baseUrl: 'http://proxbox'
  })
  t.match(list, { count: 1, results: [{ name: 'built-in', built_in: true, has_token: true }] })
  const builtIn = Number(list.results[0]?.id)
  t.equal((await send('updateFastAPIEndpoint', { name: 'ours' }, builtIn)).status, 200)
  const removal = await read('deleteFastAPIEndpoint', builtIn)
  t.match(removal, { status: 409, body: { code: 'CONFLICT' } })
  const other = await send('createFastAPIEndpoint', {
    name: 'old',
    ip_address: '10.0.0.8',
    token: 'backend-secret'
  })
  t.match(other, { status: 201, body: { has_token: true, port: 8800 } })
  const connection = (id: number | null) =>
    stack.orchestrator.ask<Body>('readBackendConnection', { body: { id } })
  t.match(await connection(null), { built_in: true, token: backendToken, name: 'ours' })
  t.match(await connection(other.body.id), {
    base_url: 'http://10.0.0.8:8800',
    token: 'backend-secret',
    built_in: false
  })
  await send('updateFastAPIEndpoint', { enabled: false }, builtIn)
  const disabled = await stack.orchestrator.call('readBackendConnection', { body: { id: null } })
  t.equal(disabled.status, 409, 'a disabled one is not used silently')
  const again = await stack.start()
  await again.stop()
  const after = await stack.gateway.ask<{ count: number }>('listFastAPIEndpoints', {})
  t.equal(after.count, 2, 'a renamed built-in backend is not made anew')
})

t.test('lists: paging, order, search, unknown filters', async (t) => {
  for (const name of ['a%1', 'b1', 'c1'])
    await send('createProxmoxEndpoint', { name, ip_address: '10.0.0.9', password })
  const list = (query: Body) =>
    stack.gateway.call<{ count: number; next: string; results: { name: string }[] }>(
      'listProxmoxEndpoints',
      { baseUrl: 'http://proxbox', query }
    )
  const page = await list({ limit: 2, ordering: '-name', offset: 0 })
  t.same(
    page.body.results.map((row) => row.name),
    ['pve', 'c1']
  )
  t.match(
    page.body.next,
    /^http:\/\/proxbox\/api\/plugins\/proxbox\/proxmox-endpoints\/\?.*offset=2/
  )
  t.equal((await list({ q: '%' })).body.count, 1, 'a percent sign is a letter')
  t.equal((await list({ q: 'EXAMPLE' })).body.count, 1, 'domains are searched')
  t.equal((await list({ id: [proxmoxId, 9999] })).body.count, 1)
  t.equal((await list({ ordering: 'password' })).status, 400)
  t.equal((await list({ colour: 'red' })).status, 400)
})

t.test('secrets are stored encrypted and are in no answer', async (t) => {
  const answers = JSON.stringify([
    await read('readProxmoxEndpoint', proxmoxId),
    await read('readNetBoxEndpoint', netboxId),
    await stack.gateway.call('listFastAPIEndpoints', {})
  ])
  const stored = await stack.stored()
  t.match(stored, /netbox\.example|2001:db8/, 'the rows were looked at')
  for (const secret of [password, pveSecret, v1, v2Secret, 'backend-secret', adminToken]) {
    t.notOk(answers.includes(secret), 'not in an answer')
    t.notOk(stored.includes(secret), 'not in the database')
  }
  t.notMatch(answers, /sealed/i)
  await t.rejects(
    stack.start({ PROXBOX_ENCRYPTION_KEY: randomBytes(32).toString('base64') }),
    { code: 'ENCRYPTION_KEY_WRONG', message: /^PROXBOX_ENCRYPTION_KEY is not the key/ },
    'another key stops the start'
  )
})

t.test('events: each change, and reachability when it is news', async (t) => {
  const report = (reachable: boolean) =>
    stack.collector.ask<{ changed: boolean }>('reportReachability', {
      body: { kind: 'proxmox', id: proxmoxId, reachable, detail: reachable ? '' : 'refused' }
    })
  const answers = await Promise.all([report(true), report(true), report(true)])
  t.equal(answers.filter((answer) => answer.changed).length, 1, 'once, however many say so')
  t.same(await report(false), { changed: true })
  t.same(await report(false), { changed: false })
  const removal = await read('deleteProxmoxEndpoint', proxmoxId)
  t.equal(removal.status, 204)
  t.match(await read('readProxmoxEndpoint', proxmoxId), {
    status: 404,
    body: { code: 'NOT_FOUND' }
  })
  t.same(await stack.eventsOf('proxmox', proxmoxId, 6), [
    'created',
    'changed',
    'changed',
    'reachable',
    'unreachable',
    'removed'
  ])
  const gone = await stack.collector.call('reportReachability', {
    body: { kind: 'proxmox', id: proxmoxId, reachable: true, detail: '' }
  })
  t.equal(gone.status, 404)
})
