import type { ProxmoxConnection } from '@proxbox/contracts'
import { TestReply } from '@proxbox/contracts'
import {
  addToken,
  agentPrivilege,
  auditorPrivileges,
  createWorld,
  openProxmoxServer,
  type ProxmoxServer
} from '@proxbox/simulator/proxmox'
import t from 'tap'
import Value from 'typebox/value'
import { credentialOf } from '../src/credential.ts'
import { openProxmox, testProxmox } from '../src/index.ts'
import { bare, connectionTo } from './connection.ts'

async function opened(
  t: { teardown(fn: () => Promise<void>): unknown },
  version: '7.4' | '8.4' | '9.2'
) {
  const world = createWorld({ version, nodes: 2, guests: 3, clusterName: 'lab', authDelayMs: 10 })
  const server = await openProxmoxServer({ world })
  t.teardown(() => server.close())
  return { world, server }
}

async function tested(
  server: ProxmoxServer,
  more: Partial<ProxmoxConnection> = {},
  clock = Date.now
) {
  const pinned = { ca_certificate: '', fingerprint_sha256: server.fingerprintSha256 }
  const proxmox = openProxmox(connectionTo(server, { ...pinned, ...more }), { clock })
  try {
    return await testProxmox(proxmox, AbortSignal.timeout(20_000))
  } finally {
    await proxmox.close()
  }
}

for (const version of ['7.4', '8.4', '9.2'] as const) {
  t.test(`${version}: a pinned host that is all right gives its cluster's CA`, async (t) => {
    const { world, server } = await opened(t, version)
    const reply = await tested(server)
    t.ok(Value.Check(TestReply, reply))
    t.match(reply, { status: 'success', authentication: 'ok', api_access: 'ok', http_status: 200 })
    t.match(reply, { fingerprint_sha256: server.fingerprintSha256, findings: [{ severity: 'ok' }] })
    t.equal(reply.ca_certificate?.trim(), server.caCertificate.trim())
    const byCa = { ca_certificate: reply.ca_certificate ?? '', fingerprint_sha256: '' }
    t.match(await tested(server, byCa), { status: 'success' })
    // An address that the certificate lacks: it is known by the name that all of the cluster's have.
    const elsewhere = await openProxmoxServer({ world, host: '127.0.0.2' })
    t.teardown(() => elsewhere.close())
    const fresh = { ca_certificate: elsewhere.caCertificate, fingerprint_sha256: '' }
    t.match(await tested(elsewhere, fresh), { status: 'success', findings: [{ severity: 'ok' }] })
  })

  t.test(`${version}: missing privileges are named with the command that mends them`, async (t) => {
    const { world, server } = await opened(t, version)
    const token = addToken(world, 'root@pam!blind')
    const more = { token_name: 'blind', token_value: token.secret }
    const blind = await tested(server, more)
    t.match(blind, { status: 'error', authentication: 'ok' })
    const named = blind.findings.map((finding) => finding.detail.split(' ')[0])
    t.ok(
      ['VM.Audit', 'Sys.Audit', 'Datastore.Audit', 'Pool.Audit'].every((one) => named.includes(one))
    )
    t.equal(named.includes('SDN.Audit'), version !== '7.4')
    t.ok(named.includes(agentPrivilege(version)))
    t.ok(blind.findings.every((finding) => finding.remedy.includes("--tokens 'root@pam!blind'")))

    token.rules.push({ path: '/', privileges: auditorPrivileges(version), propagate: true })
    const audit = await tested(server, more)
    t.equal(audit.status, 'success')
    t.strictSame(
      audit.findings.map((finding) => [finding.severity, finding.code]),
      version === '9.2' ? [['ok', 'OK']] : [['warning', 'PROXMOX_PRIVILEGE']]
    )
    if (version !== '9.2')
      t.match(audit.findings[0]?.remedy, /role add ProxboxAgent --privs VM.Monitor/)
  })
}

t.test('faults of the way there', async (t) => {
  const { world, server } = await opened(t, '8.4')
  const wrong = await tested(server, { token_value: 'not-it' })
  t.match(wrong, {
    status: 'error',
    authentication: 'failed',
    http_status: 401,
    ca_certificate: null
  })
  t.match(wrong.findings, [
    { code: 'PROXMOX_CREDENTIAL', detail: /invalid token value/, remedy: /pveum user token list/ }
  ])

  const other = await tested(server, { fingerprint_sha256: 'AB'.repeat(32) })
  t.match(other, { fingerprint_sha256: server.fingerprintSha256, authentication: 'unknown' })
  t.match(other.findings, [{ code: 'PROXMOX_TLS', remedy: /pvenode cert info/ }])
  t.ok(other.detail.includes(server.fingerprintSha256))

  t.match(await tested(server, { port: 1 }), {
    fingerprint_sha256: null,
    findings: [{ code: 'PROXMOX_UNREACHABLE' }]
  })
  const off = await tested(server, { verify_ssl: false, fingerprint_sha256: '' })
  t.match(off, { status: 'success', ca_certificate: null, findings: [{ severity: 'warning' }] })

  const late = await tested(server, {}, () => Date.now() + 600_000)
  t.match(late.findings, [{ severity: 'warning', detail: /clock of the host is \d+ s behind/ }])

  server.faults.add({ kind: 'unreachable', on: '/certificates/info' })
  t.match(await tested(server), { status: 'success', findings: [{ detail: /CA of the cluster/ }] })
  server.faults.clear()

  const before = world.version
  server.faults.add({ kind: 'not-json', on: '/version' })
  t.match(await tested(server), { status: 'error', findings: [{ severity: 'error' }] })
  t.equal(world.version, before)
  t.notMatch(JSON.stringify([wrong, other, off, late]), server.tokenValue)
})

t.test('a password that needs a second factor: the advice is a token', async (t) => {
  const { server } = await opened(t, '8.4')
  const { password } = server
  const noToken = { token_name: '', token_value: '' }
  t.match(await tested(server, { ...noToken, password }), { status: 'success' })
  t.match(await tested(server, { ...noToken, password: 'wrong' }), {
    authentication: 'failed',
    findings: [{ remedy: /pveum user list.* store its password again/ }]
  })
  const connection = { username: 'a@pam', name: 'lab', password: 'x' }
  const answer = { data: { ticket: 'PVE:!tfa!x', NeedTFA: 1 } }
  const credential = credentialOf(
    { ...bare, ...connection },
    async () => ({
      status: 200,
      json: () => answer,
      statusText: 'OK',
      headers: {},
      text: '',
      ms: 1
    }),
    Date.now
  )
  await t.rejects(credential.headers(), {
    code: 'PROXMOX_CREDENTIAL',
    message: /API token instead/
  })
})
