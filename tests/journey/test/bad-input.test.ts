import { addToken, auditorPrivileges, createWorld } from '@proxbox/simulator/proxmox'
import t, { type Test } from 'tap'
import { type Journey, openJourney, prefix } from '../src/journey.ts'
import { checkEnd, warns } from '../src/told.ts'

t.test('what ends a Run on the side of Proxmox', async (t) => {
  const journey = await openJourney({ PROXBOX_RETRY_PAUSES_MS: '50' })
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 5, nodes: 2, seed: 6, simple: true, clusterName: 'lab' })
  const proxmox = await journey.proxmox(world, { name: 'lab' })
  const netbox = await journey.netbox({ name: 'nb' })
  await journey.sync()
  const good = netbox.state.canonical()
  const path = `/proxmox-endpoints/${proxmox.id}/`
  const set = (fields: object) => journey.want('PATCH', path, fields)
  const ended = checkEnd(journey, netbox)

  await t.test('Proxmox that nobody reaches', (t) =>
    ended(
      t,
      {
        code: 'PROXMOX_UNREACHABLE',
        says: ['Proxmox Endpoint lab', ':1', 'proxbox endpoint test']
      },
      {
        begin: () => set({ port: 1 }),
        end: () => set({ port: proxmox.port })
      }
    )
  )
  await t.test('a certificate of Proxmox that is not trusted', (t) =>
    ended(
      t,
      {
        code: 'PROXMOX_TLS',
        says: ['Proxmox Endpoint lab', proxmox.fingerprintSha256, 'fingerprint']
      },
      {
        begin: () => set({ ca_certificate: '' }),
        end: () => set({ ca_certificate: proxmox.caCertificate })
      }
    )
  )
  await t.test('a wrong token of Proxmox', (t) =>
    ended(
      t,
      { code: 'PROXMOX_CREDENTIAL', says: ['Proxmox Endpoint lab', 'root@pam', 'Store a token'] },
      {
        begin: () => set({ token_value: '00000000-0000-0000-0000-000000000000' }),
        end: () => set({ token_value: proxmox.tokenValue })
      }
    )
  )
  await t.test('Proxmox that answers half, or a page of HTML', async (t) => {
    for (const kind of ['truncated', 'not-json'] as const) {
      let remove = () => undefined as unknown
      await ended(
        t,
        { code: kind === 'truncated' ? 'PROXMOX_UNREACHABLE' : 'PROXMOX_ANSWER', says: ['lab'] },
        {
          begin: () => {
            remove = proxmox.faults.add({ kind, on: '/cluster/resources' })
          },
          end: () => remove()
        }
      )
    }
  })
  await t.test('a token without privileges: a gap, nothing is deleted', async (t) => {
    const token = addToken(world, 'root@pam!poor', { '/': ['Sys.Audit'] })
    await set({ token_name: 'poor', token_value: token.secret })
    const told = await journey.sync()
    warns(t, told, 'GAP', {
      row: String(
        told.events.find(({ data }) => /VM\.Audit/.test(String(data.message)))?.data.rowid
      ),
      says: ['Proxmox Endpoint lab', 'VM.Audit', 'pveum']
    })
    t.equal(told.run.state.value, 'degraded')
    t.strictSame(netbox.state.canonical(), good)
    const audit = addToken(world, 'root@pam!audit', { '/': auditorPrivileges(world.version) })
    await set({ token_name: 'audit', token_value: audit.secret })
    const enough = await journey.sync()
    t.equal(enough.complete.ok, true)
    t.strictSame(netbox.state.canonical(), good)
    await set({ token_name: proxmox.tokenName, token_value: proxmox.tokenValue })
  })
})

t.test('a body that is not JSON', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const post = async (path: string, body: string, type = 'application/json') => {
    const response = await fetch(journey.stack.url + prefix + path, {
      method: 'POST',
      headers: { authorization: `Token ${journey.stack.adminToken}`, 'content-type': type },
      body
    })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type'), text }
  }
  for (const path of ['/sync/full-update/', '/proxmox-endpoints/', '/netbox-endpoints/']) {
    const answer = await post(path, '{"name": ')
    t.equal(answer.status, 400, path)
    t.match(answer.type, /application\/problem\+json/)
    const { detail, code } = JSON.parse(answer.text) // problem details
    t.equal(code, 'BODY_INVALID')
    t.match(detail, /JSON/)
    t.match(await post(path, 'name=x', 'text/plain'), { status: 415 })
  }
  t.match(await post('/proxmox-endpoints/', '[1, 2'), { status: 400 })
  t.match(await post('/proxmox-endpoints/', '"text"'), { status: 400 })
  t.match(await post('/proxmox-endpoints/', `{"name": "${'x'.repeat(2_000_000)}"}`), {
    status: 413
  })
  await checkNothing(t, journey)
})

async function checkNothing(t: Test, journey: Journey) {
  const list = await journey.want<{ count: number }>('GET', '/proxmox-endpoints/')
  t.equal(list.count, 0, 'nothing was stored')
}
