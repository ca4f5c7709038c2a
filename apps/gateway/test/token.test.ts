import type { Principal } from '@proxbox/contracts'
import { ProxboxError } from '@proxbox/contracts'
import t from 'tap'
import { checkPermission, openAuthenticator, tokenFrom } from '../src/access/token.ts'
import { type Config, checkExposure } from '../src/config.ts'

t.test('where a token may stand', async (t) => {
  t.equal(tokenFrom({ authorization: 'Token abc' }), 'abc')
  t.equal(tokenFrom({ authorization: 'bearer  abc' }), 'abc')
  t.equal(tokenFrom({ 'x-proxbox-api-key': 'abc' }), 'abc')
  for (const authorization of ['abc', 'Basic abc', 'Token', 'Token a b', ''])
    t.equal(tokenFrom({ authorization }), '', authorization)
})

const principal = (facts: Partial<Principal>): Principal =>
  ({ user: 'u', superuser: false, write: true, permissions: [], ...facts }) as Principal // what the tests look at

t.test('the registry is asked once in five seconds', async (t) => {
  let asked = 0
  let nowMs = 0
  const bus = {
    ask: async <T>() => {
      asked += 1
      return principal({}) as T // what authenticate answers
    }
  }
  const authenticate = openAuthenticator(bus, () => nowMs)
  await authenticate('a')
  await authenticate('a')
  t.equal(asked, 1)
  nowMs = 5001
  await authenticate('a')
  t.equal(asked, 2, 'a revoked token ends within that time')
  await t.rejects(authenticate(''), { code: 'TOKEN_MISSING' })
  t.equal(asked, 2)
})

t.test('a token that is not known is never remembered', async (t) => {
  let asked = 0
  const bus = {
    ask: async () => {
      asked += 1
      throw new ProxboxError('TOKEN_INVALID')
    }
  }
  const authenticate = openAuthenticator(bus, () => 0)
  for (let index = 0; index < 2; index += 1)
    await t.rejects(authenticate('x'), { code: 'TOKEN_INVALID' })
  t.equal(asked, 2)
})

t.test('permissions', async (t) => {
  const read = { permission: 'netbox_proxbox.view_run', method: 'GET' } as const
  const write = { permission: 'netbox_proxbox.enqueue_proxbox_sync', method: 'POST' } as const
  const denied = { code: 'PERMISSION_DENIED' }
  t.throws(() => checkPermission(principal({}), read), denied)
  t.throws(() => checkPermission(principal({ superuser: true, write: false }), write), denied)
  t.doesNotThrow(() => checkPermission(principal({ superuser: true }), write))
  t.doesNotThrow(() => checkPermission(principal({ permissions: [write.permission] }), write))
  t.throws(() => checkPermission(principal({ permissions: [write.permission] }), read), denied)
})

t.test('tokens do not cross a network in the open', async (t) => {
  const exposed = (facts: object) =>
    checkExposure({ PROXBOX_HOST: '0.0.0.0', PROXBOX_INSECURE_HTTP: false, ...facts } as Config) // what it looks at
  t.throws(() => exposed({}), { code: 'CONFIG_INVALID' })
  t.throws(() => exposed({ PROXBOX_PUBLIC_URL: 'http://proxbox.example' }), {
    code: 'CONFIG_INVALID'
  })
  t.doesNotThrow(() => exposed({ PROXBOX_HOST: '127.0.0.1' }))
  t.doesNotThrow(() => exposed({ PROXBOX_HOST: '::1' }))
  t.doesNotThrow(() => exposed({ PROXBOX_INSECURE_HTTP: true }))
  t.doesNotThrow(() => exposed({ PROXBOX_TLS_CERT: 'cert.pem', PROXBOX_TLS_KEY: 'key.pem' }))
  t.doesNotThrow(() => exposed({ PROXBOX_PUBLIC_URL: 'https://proxbox.example' }))
})
