import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { openHttpClient, readCertificate, type TlsTrust, trustFrom } from '../src/index.ts'
import { makeAuthority, makeLeaf } from './certificates.ts'
import { type Served, serve, serveTcp } from './serve.ts'

const LOOPBACK = { type: 'ip', value: '127.0.0.1' } as const
const authority = await makeAuthority()
const good = await makeLeaf([LOOPBACK], { authority })
const goodPrint = new X509Certificate(good.cert).fingerprint256

async function call(test: Test, served: Served, trust?: TlsTrust, proxyUrl?: string) {
  const client = openHttpClient({
    baseUrl: `https://127.0.0.1:${served.port}`,
    connections: 1,
    timeoutMs: 3000,
    ...(trust === undefined ? {} : { trust }),
    ...(proxyUrl === undefined ? {} : { proxy: { url: proxyUrl } })
  })
  test.teardown(() => client.close())
  const answer = await client.request({ method: 'GET', path: '/' })
  return answer.text
}

t.test(
  'of what is stored the strictest counts, and only all of it empty trusts anybody',
  async (t) => {
    const [none, ca, print] = ['', 'PEM', 'AB:CD']
    const trust = (ca_certificate: string, fingerprint_sha256: string, verify_ssl: boolean) =>
      trustFrom({ ca_certificate, fingerprint_sha256, verify_ssl })
    for (const verify of [true, false]) {
      t.same(
        trust(ca, print, verify),
        { mode: 'ca', certificate: ca },
        'leaves renew by themselves'
      )
      t.same(trust(none, print, verify), { mode: 'fingerprint', sha256: print })
    }
    t.same(trust(none, none, true), { mode: 'verify' })
    t.same(trust(none, none, false), { mode: 'off' })
  }
)

t.test('a certificate is accepted exactly by what was trusted', async (t) => {
  let requests = 0
  const server = await serve(
    t,
    (_request, response) => {
      requests += 1
      response.end('fine')
    },
    good
  )
  const lower = goodPrint.replaceAll(':', '').toLowerCase()
  t.equal(await call(t, server, { mode: 'ca', certificate: authority.pem }), 'fine')
  t.equal(await call(t, server, { mode: 'fingerprint', sha256: goodPrint }), 'fine')
  t.equal(await call(t, server, { mode: 'fingerprint', sha256: lower }), 'fine')
  t.equal(await call(t, server, { mode: 'off' }), 'fine')
  t.equal(requests, 4)

  const other = await makeAuthority()
  const wrong = (lower.startsWith('0') ? '1' : '0') + lower.slice(1)
  const refusals: [TlsTrust | undefined, string][] = [
    [{ mode: 'fingerprint', sha256: wrong }, 'fingerprint'],
    [{ mode: 'ca', certificate: other.pem }, 'untrusted'],
    [{ mode: 'ca', certificate: authority.pem, servername: 'pve1.example' }, 'wrong-name'],
    [{ mode: 'verify' }, 'untrusted'],
    [undefined, 'untrusted']
  ]
  for (const [trust, kind] of refusals) {
    await t.rejects(call(t, server, trust), {
      name: 'HttpTlsError',
      message: `127.0.0.1:${server.port}: the server's certificate`,
      kind,
      sent: false,
      fingerprintSha256: goodPrint
    })
  }
  t.equal(requests, 4, 'no refused server saw a request')
})

t.test('each fault of a certificate has its kind', async (t) => {
  const ca: TlsTrust = { mode: 'ca', certificate: authority.pem }
  const answer = await makeLeaf([{ type: 'dns', value: 'pve1.example' }], { authority })
  const named = await serve(t, (_request, response) => response.end('fine'), answer)
  await t.rejects(call(t, named, ca), { name: 'HttpTlsError', kind: 'wrong-name' })
  t.equal(await call(t, named, { ...ca, servername: 'pve1.example' }), 'fine')

  const expired = await makeLeaf([LOOPBACK], { authority, isExpired: true })
  const old = await serve(t, (_request, response) => response.end('fine'), expired)
  await t.rejects(call(t, old, ca), { name: 'HttpTlsError', kind: 'expired' })

  const alone = await makeLeaf([LOOPBACK])
  const self = await serve(t, (_request, response) => response.end('fine'), alone)
  await t.rejects(call(t, self), { name: 'HttpTlsError', kind: 'self-signed' })

  const plain = await serve(t, (_request, response) => response.end('fine'))
  await t.rejects(call(t, plain, ca), { name: 'HttpUnreachable', kind: 'protocol', sent: false })
})

t.test('a handshake that never ends is given up, with nothing sent', async (t) => {
  const silent = await serveTcp(t, () => undefined)
  const client = openHttpClient({
    baseUrl: `https://127.0.0.1:${silent.port}`,
    connections: 1,
    connectTimeoutMs: 200,
    timeoutMs: 5000
  })
  t.teardown(() => client.close())
  await t.rejects(client.request({ method: 'GET', path: '/' }), {
    name: 'HttpUnreachable',
    kind: 'connect-timeout',
    sent: false
  })
})

t.test('trust that cannot be read is refused when the client is opened', async (t) => {
  const options = { baseUrl: 'https://127.0.0.1:1', connections: 1, timeoutMs: 1000 }
  const open = (trust: TlsTrust) => () => openHttpClient({ ...options, trust })
  t.throws(open({ mode: 'ca', certificate: 'no pem' }), TypeError)
  t.throws(open({ mode: 'fingerprint', sha256: 'AB:CD' }), TypeError)
})

t.test('a tunnel through a proxy checks the same certificate', async (t) => {
  const asked: string[] = []
  const proxy = await serveTcp(t, (socket) => {
    socket.once('data', (head) => {
      const request = head.toString('latin1')
      asked.push(request)
      const port = Number(/^CONNECT 127\.0\.0\.1:(\d+) /.exec(request)?.[1])
      if (!request.includes('proxy-authorization: Basic dTpwIHc=')) {
        socket.end('HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n')
        return
      }
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.destroy())
      socket.on('close', () => onward.destroy())
    })
  })
  const server = await serve(t, (_request, response) => response.end('fine'), good)
  const url = `http://u:p%20w@127.0.0.1:${proxy.port}`
  t.equal(await call(t, server, { mode: 'fingerprint', sha256: goodPrint }, url), 'fine')
  await t.rejects(call(t, server, { mode: 'verify' }, url), {
    name: 'HttpTlsError',
    kind: 'untrusted'
  })
  t.equal(asked.length, 2)
  const rude = await serveTcp(t, (socket) => socket.once('data', () => socket.destroy()))
  const dropped = call(t, server, { mode: 'off' }, `http://127.0.0.1:${rude.port}`)
  await t.rejects(dropped, { name: 'HttpUnreachable', kind: 'proxy', sent: false })
  t.equal(rude.connections(), 1, 'asked once')
  const stranger = `http://127.0.0.1:${proxy.port}`
  const refused = call(t, server, { mode: 'off' }, stranger)
  await t.rejects(refused, { name: 'HttpUnreachable', kind: 'proxy', sent: false })
})

t.test('a certificate can be looked at before it is trusted', async (t) => {
  const server = await serve(t, (_request, response) => response.end(), good)
  const seen = await readCertificate('127.0.0.1', server.port)
  t.match(seen, { fingerprintSha256: goodPrint, subject: 'CN=leaf, O=Test', issuer: 'CN=Test CA' })
  t.equal(new X509Certificate(seen.pem).fingerprint256, goodPrint)
  t.equal(new Date(seen.validTo).toISOString(), seen.validTo)
  const silent = await serveTcp(t, () => undefined)
  const signal = AbortSignal.timeout(50)
  await t.rejects(readCertificate('127.0.0.1', silent.port, signal), { name: 'HttpAborted' })
  const hasty = await serveTcp(t, (socket) => socket.end())
  await t.rejects(readCertificate('127.0.0.1', hasty.port), {
    name: 'HttpUnreachable',
    sent: false
  })
})
