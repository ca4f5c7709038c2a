import { Writable } from 'node:stream'
import { ProxboxError, routesOf } from '@proxbox/contracts'
import t from 'tap'
import Type from 'typebox'
import {
  baseConfig,
  buildApp,
  encryptionKey,
  FieldErrors,
  injectHeaders,
  openLogger,
  problemFrom,
  readConfig,
  registerRoutes
} from '../src/index.ts'

const silent = openLogger('test', 'silent')

t.test('config: every fault is named at once, a secret never', async (t) => {
  const schema = Type.Object({
    ...baseConfig,
    PROXBOX_ENCRYPTION_KEY: encryptionKey,
    DATABASE_URL: Type.String({ secret: true })
  })
  const read = () =>
    readConfig(schema, {
      NATS_URL: 'http://x',
      PROXBOX_SERVICE_PORT: 'eighty',
      PROXBOX_ENCRYPTION_KEY: 'shortsecret'
    })
  t.throws(read, { code: 'CONFIG_INVALID' })
  try {
    read()
  } catch (error) {
    const text = String(error)
    for (const name of [
      'NATS_URL',
      'PROXBOX_SERVICE_PORT',
      'PROXBOX_ENCRYPTION_KEY',
      'DATABASE_URL is missing'
    ])
      t.match(text, name)
    t.notMatch(text, 'shortsecret')
  }
})

t.test('config: defaults, numbers and NAME_FILE', async (t) => {
  const dir = t.testdir({ key: `${Buffer.alloc(32, 7).toString('base64')}\n` })
  const schema = Type.Object({ ...baseConfig, PROXBOX_ENCRYPTION_KEY: encryptionKey })
  const config = readConfig(schema, {
    NATS_URL: 'nats://127.0.0.1:4222',
    PROXBOX_SERVICE_PORT: '81',
    PROXBOX_ENCRYPTION_KEY_FILE: `${dir}/key`
  })
  t.match(config, {
    LOG_LEVEL: 'info',
    PROXBOX_SERVICE_PORT: 81,
    PROXBOX_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64')
  })
  t.throws(
    () => readConfig(schema, { NATS_URL: 'nats://x', PROXBOX_ENCRYPTION_KEY_FILE: `${dir}/none` }),
    /cannot be read/
  )
})

t.test('a log line holds no secret', async (t) => {
  let text = ''
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk)
      done()
    }
  })
  const log = openLogger('test', 'info', sink)
  log.info(
    {
      token: 'tok-1',
      headers: { authorization: 'Bearer tok-2' },
      connection: { password: 'tok-3' },
      a: { b: { token_value: 'tok-4' } }
    },
    'request'
  )
  t.notMatch(text, /tok-\d/)
  t.match(text, '[redacted]')
})

t.test('errors become problems by their disposition', async (t) => {
  const facts = { service: 'registry', requestId: 'r1' }
  t.match(problemFrom(new ProxboxError('NOT_FOUND', { what: 'Run', id: 7 }), facts), {
    status: 404,
    body: { code: 'NOT_FOUND', detail: 'No Run with 7.' }
  })
  t.match(problemFrom(new FieldErrors({ port: ['Too large.'] }), facts), {
    status: 400,
    body: { port: ['Too large.'] }
  })
  const bug = problemFrom(new Error('password=abc'), facts)
  t.equal(bug.status, 500)
  t.notMatch(JSON.stringify(bug.body), 'abc', 'a bug shows no detail')
})

t.test('a text of the wrong form is told what is wanted, not a pattern', async (t) => {
  const app = buildApp('registry', silent)
  const domain = Type.String({ pattern: '^[a-z.]+$', description: 'a host name without scheme' })
  const size = Type.Union([Type.Integer({ maximum: 9 }), Type.Null()])
  const tags = Type.Union([Type.Enum(['all']), Type.Array(Type.String())], {
    description: 'all or a list'
  })
  const code = Type.String({ pattern: '^x' })
  const schema = { body: Type.Object({ domain, code, size, tags }) }
  app.post('/', { schema }, async () => ({}))
  const payload = { domain: 'https://netbox', code: 'y', size: 10, tags: 'some' }
  const reply = await app.inject({ method: 'POST', url: '/', payload })
  t.equal(reply.statusCode, 400)
  t.match(reply.json(), {
    domain: ['Not valid: it must be a host name without scheme.'],
    code: [/must match pattern/],
    size: ['Not valid: must be <= 9.'],
    tags: ['Not valid: it must be all or a list.']
  })
})

t.test('routes: a missing handler is found at the start, bodies are named by field', async (t) => {
  t.throws(
    () => registerRoutes(buildApp('inventory', silent), 'inventory', {}),
    /no handler for .*recordIntents/
  )
  const handlers = Object.fromEntries(
    routesOf('inventory').map((route) => [route.operationId, async () => ({ stored: 1 })])
  )
  t.throws(
    () =>
      registerRoutes(buildApp('inventory', silent), 'inventory', {
        ...handlers,
        nonsense: async () => 1
      }),
    /no route for nonsense/
  )
  const app = buildApp('inventory', silent)
  t.teardown(() => app.close())
  registerRoutes(app, 'inventory', handlers)
  const post = (payload: string, headers = injectHeaders) =>
    app.inject({
      method: 'POST',
      url: '/internal/intents/',
      headers: { ...headers, 'content-type': 'application/json' },
      payload
    })
  t.match((await post('{"netbox":"n1","run_id":"r","attempt":0}')).json(), {
    attempt: [/>= 1/],
    intents: ['This field is required.']
  })
  t.match((await post('')).json(), { non_field_errors: [/must be object/] }, 'as if there was none')
  t.match((await post('{not json')).json(), { status: 400, code: 'BODY_INVALID' })
  t.equal((await post('{"netbox":"n1","run_id":"r","attempt":1,"intents":[]}')).statusCode, 200)
  t.equal(
    (await post('{"netbox":"n1","run_id":"r","attempt":1,"intents":[]}', {})).statusCode,
    404,
    'not reachable over the health port'
  )
})

t.test('what is not there says so, and names a slash that is missing', async (t) => {
  const app = buildApp('gateway', silent)
  t.teardown(() => app.close())
  const detailOf = async (url: string) => (await app.inject({ method: 'GET', url })).json().detail
  const cut = 'There is nothing at GET /api/runs. Paths of the API end with a slash.'
  t.equal(await detailOf('/api/runs?limit=1'), cut)
  t.equal(await detailOf('/api/nothing/'), 'There is nothing at GET /api/nothing/.')
  t.equal(await detailOf('/nothing'), 'There is nothing at GET /nothing.')
})
