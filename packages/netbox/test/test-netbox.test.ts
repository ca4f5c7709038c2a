import { createServer } from 'node:http'
import t from 'tap'
import { openNetBox, readVersion, testNetBox } from '../src/index.ts'
import { connectionTo, openLab, signal, versions } from './estate.ts'

const codes = (findings: readonly { severity: string; code: string }[]) =>
  findings.filter(({ severity }) => severity !== 'ok').map(({ code }) => code)

for (const version of versions)
  t.test(`${version}: a good token passes without a single write`, async (t) => {
    const { netbox, server } = await openLab(t, version)
    for (const token of [server.token, server.tokenV1]) {
      const one = openNetBox(connectionTo(server.url, token))
      t.teardown(() => one.close())
      const test = await testNetBox(one, signal)
      t.match(test, { status: 'success', authentication: 'ok', version })
      t.same(codes(test.findings), [])
    }
    t.equal(server.requests.entries.filter(({ method }) => !/GET|OPTIONS/.test(method)).length, 0)
    t.equal(netbox.requests().writes, 0)
  })

t.test('what is wrong is a finding with its remedy', async (t) => {
  const readOnly = await openLab(t, '4.7.3', { token: (s) => s.addToken({ isReadOnly: true }) })
  const test = await testNetBox(readOnly.netbox, signal)
  t.equal(test.status, 'error')
  t.same(codes(test.findings), ['NETBOX_READ_ONLY'])
  const permissions = ['dcim.view_manufacturer', 'dcim.add_manufacturer']
  const few = await openLab(t, '4.7.3', { token: (s) => s.addToken({ permissions }) })
  const { findings } = await testNetBox(few.netbox, signal)
  const texts = findings.map(({ detail }) => detail).join('\n')
  t.match(texts, /virtualization\.view_virtualmachine/)
  t.notMatch(texts, /dcim\.(view|add)_manufacturer/)
  t.match(texts, /dcim\.change_manufacturer/, 'what may be read, but not written')
  t.match(texts, /virtualization\.add_virtualmachine/)
  for (const { severity, remedy } of findings) if (severity !== 'ok') t.not(remedy, '')
  const unknown = await openLab(t, '4.7.3', { token: () => 'f'.repeat(40) })
  t.match(await testNetBox(unknown.netbox, signal), {
    authentication: 'failed',
    findings: [{ code: 'NETBOX_CREDENTIAL' }]
  })
  const away = await openLab(t)
  away.server.setMaintenance(true)
  t.match(await testNetBox(away.netbox, signal), { findings: [{ code: 'NETBOX_MAINTENANCE' }] })
  await away.server.close()
  t.match(await testNetBox(away.netbox, signal), {
    api_access: 'failed',
    findings: [{ code: 'NETBOX_UNREACHABLE' }]
  })
})

t.test('too old, not a NetBox, and a clock that is off', async (t) => {
  let status: unknown = { 'netbox-version': '4.4.9' }
  let type = 'application/json'
  const server = createServer((_request, answer) => {
    const date = new Date(Date.now() - 600_000).toUTCString()
    answer.writeHead(200, { 'content-type': type, date }).end(JSON.stringify(status))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  const open = () => openNetBox(connectionTo(`http://127.0.0.1:${address.port}`, 'x'.repeat(40)))
  t.teardown(() => server.close())
  const code = async (expected: string) => {
    const netbox = open()
    await t.rejects(readVersion(netbox, signal), { code: expected })
    await netbox.close()
  }
  await code('NETBOX_TOO_OLD')
  status = { hello: 'world' }
  await code('NETBOX_ANSWER')
  type = 'text/html'
  await code('NETBOX_MAINTENANCE')
  type = 'application/json'
  status = { id: 1, count: 0, results: [], 'netbox-version': '4.7.3-Docker-5.0' }
  const netbox = open()
  t.teardown(() => netbox.close())
  const test = await testNetBox(netbox, signal)
  t.equal(test.version, '4.7.3')
  t.match(codes(test.findings), ['NETBOX_READ_ONLY', 'NETBOX_CLOCK'])
  status = { ...Object(status), actions: { POST: {} } }
  const { findings } = await testNetBox(netbox, signal)
  const texts = findings.map(({ detail }) => detail).join(' ')
  t.match(texts, /dcim\.change_manufacturer/, 'OPTIONS shows no PUT')
  t.notMatch(texts, /dcim\.add_manufacturer/)
  for (const [version, expected] of [
    ['4.5.1', ['NETBOX_VERSION']],
    ['4.5.2', []],
    ['4.5.10', []],
    ['4.6.0', []],
    ['5.0.0', []]
  ] as const) {
    status = { ...Object(status), 'netbox-version': version }
    const other = open()
    t.teardown(() => other.close())
    const slow = codes((await testNetBox(other, signal)).findings).filter((one) =>
      /VERSION/.test(one)
    )
    t.same(slow, expected, version)
  }
})
