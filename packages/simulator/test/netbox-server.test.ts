import t, { type Test } from 'tap'
import { createNetBox, openNetBoxServer } from '../src/netbox/index.ts'

async function open(t: Test, latency?: { requestMs: number; itemMs: number }) {
  const server = await openNetBoxServer({ state: createNetBox(), ...(latency ? { latency } : {}) })
  t.teardown(() => server.close())
  const ask = (method: string, path: string, body?: unknown, token = server.token) =>
    fetch(`${server.url}/api${path}`, {
      method,
      headers: {
        authorization: `${token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(2000)
    })
  return { server, ask }
}

const TAGS = '/extras/tags/'
const tag = (name: string) => ({ name, slug: name })

t.test('the door: 403 for every bad token, rights by token, slashes, sizes', async (t) => {
  const { server, ask } = await open(t)
  t.equal((await ask('GET', TAGS, undefined, 'nbt_aaaaaaaaaaaa.b')).status, 403)
  t.equal((await ask('GET', TAGS, undefined, server.tokenV1)).status, 200)
  const readOnly = server.addToken({ isReadOnly: true })
  t.equal((await ask('GET', TAGS, undefined, readOnly)).status, 200)
  t.equal((await ask('POST', TAGS, tag('a'), readOnly)).status, 403)
  const limited = server.addToken({ permissions: ['extras.view_tag', 'extras.add_tag'] })
  t.equal((await ask('POST', TAGS, tag('a'), limited)).status, 201)
  t.equal((await ask('DELETE', TAGS, [{ id: 1 }], limited)).status, 403)
  t.equal((await ask('GET', '/extras/tags')).status, 301)
  t.equal((await ask('POST', '/extras/tags', tag('b'))).status, 404)
  t.equal((await ask('GET', `${TAGS}?${'a'.repeat(4200)}`)).status, 400)
  const big = await ask('POST', TAGS, { name: 'x'.repeat(2_700_000) })
  t.match(await big.json(), { exception: 'RequestDataTooBig' })
  t.match((await ask('GET', TAGS)).headers.get('api-version'), '4.7')
})

t.test('faults strike where they are planned, before or after the commit', async (t) => {
  const { server, ask } = await open(t)
  const count = () => server.state.dump()['extras.tag']?.length
  server.faults.add({ kind: 'status', status: 429, retryAfter: 7 }, { method: 'POST' })
  const limited = await ask('POST', TAGS, tag('a'))
  t.equal(limited.status, 429)
  t.equal(limited.headers.get('retry-after'), '7')
  server.faults.add({ kind: 'drop' }, { method: 'POST' })
  await t.rejects(ask('POST', TAGS, tag('a')))
  t.equal(count(), 0)
  server.faults.add({ kind: 'commit-then-drop' }, { path: 'tags' }, { nth: 2 })
  t.equal((await ask('GET', TAGS)).status, 200)
  await t.rejects(ask('POST', TAGS, tag('a')))
  t.equal(count(), 1)
  server.faults.add({ kind: 'half' })
  await t.rejects(ask('GET', TAGS).then((answer) => answer.json()))
  server.faults.add({ kind: 'commit-then-stall' })
  await t.rejects(ask('POST', TAGS, tag('b')))
  t.equal(count(), 2)
  t.equal(server.faults.pending, 0)
  server.setMaintenance(true)
  const closed = await ask('GET', TAGS)
  t.equal(closed.status, 503)
  t.match(closed.headers.get('content-type'), 'text/html')
  server.setMaintenance(false)
  t.match(server.requests.counts(), { post: 4, get: 3, writes: 4 })
})

t.test('hooks see each request before and after its commit', async (t) => {
  const { server, ask } = await open(t)
  const seen: unknown[] = []
  const remove = server.hook((phase, { method, status }) => {
    seen.push([phase, method, status, server.state.dump()['extras.tag']?.length])
  })
  await ask('POST', TAGS, tag('a'))
  remove()
  await ask('POST', TAGS, tag('b'))
  t.same(seen, [
    ['before', 'POST', undefined, 0],
    ['after-commit', 'POST', 201, 1]
  ])
})

t.test('addresses are created one request at a time, others side by side', async (t) => {
  const { ask } = await open(t, { requestMs: 100, itemMs: 0 })
  const took = async (path: string, bodies: unknown[]) => {
    const started = performance.now()
    await Promise.all(bodies.map((body) => ask('POST', path, body)))
    return performance.now() - started
  }
  const hosts = [1, 2, 3, 4].map((host) => ({ address: `10.0.0.${host}/24` }))
  t.ok((await took('/ipam/ip-addresses/', hosts)) >= 390)
  t.ok((await took(TAGS, ['a', 'b', 'c', 'd'].map(tag))) < 390)
})
