import { createNetBox, type NetBoxState } from '@proxbox/simulator/netbox'
import { addGuest, addToken, auditorPrivileges, createWorld } from '@proxbox/simulator/proxmox'
import t, { type Test } from 'tap'
import { type Journey, openJourney, prefix } from '../src/journey.ts'
import { ends, warns } from '../src/told.ts'

/** A NetBox whose answers are touched on their way out. */
const touched = (change: (path: string, answer: ReturnType<NetBoxState['handle']>) => object) => {
  const state = createNetBox()
  const handle = state.handle.bind(state)
  return Object.assign(state, {
    handle: (request: Parameters<NetBoxState['handle']>[0]) => {
      const answer = handle(request)
      return { ...answer, ...change(request.path, answer) }
    }
  })
}

t.test('what ends a Run', async (t) => {
  const journey = await openJourney({ PROXBOX_RETRY_PAUSES_MS: '50' })
  t.teardown(() => journey.close())
  const world = createWorld({ guests: 5, nodes: 2, seed: 6, simple: true, clusterName: 'lab' })
  const proxmox = await journey.proxmox(world, { name: 'lab' })
  let odd: { version?: string; short?: string } = {}
  const state = touched((path, answer) => {
    if (odd.version !== undefined && path === '/api/status/')
      return {
        headers: { ...answer.headers, 'api-version': odd.version, 'API-Version': odd.version },
        body: { ...(answer.body as object), 'netbox-version': `${odd.version}.1` } // the status object
      }
    if (odd.short !== undefined && path === odd.short) {
      const body = answer.body as { results: unknown[] } // a list
      return { body: { ...body, results: body.results.slice(0, -1) } }
    }
    return {}
  })
  const netbox = await journey.netbox({ name: 'nb' }, state)
  await journey.sync()
  const good = netbox.state.canonical()
  const proxmoxPath = `/proxmox-endpoints/${proxmox.id}/`
  const netboxPath = `/netbox-endpoints/${netbox.id}/`
  const set = (path: string, fields: object) => journey.want('PATCH', path, fields)

  /** A Run under other conditions; NetBox stays as it was. */
  const ended = async (
    t: Test,
    wanted: { code: string; says: readonly string[] },
    during: { begin: () => unknown; end: () => unknown }
  ) => {
    await during.begin()
    try {
      ends(t, await journey.sync(), wanted.code, wanted.says)
    } finally {
      await during.end()
    }
    t.strictSame(netbox.state.canonical(), good, 'nothing was deleted or changed')
  }

  await t.test('Proxmox that nobody reaches', (t) =>
    ended(
      t,
      {
        code: 'PROXMOX_UNREACHABLE',
        says: ['Proxmox Endpoint lab', ':1', 'proxbox endpoint test']
      },
      {
        begin: () => set(proxmoxPath, { port: 1 }),
        end: () => set(proxmoxPath, { port: proxmox.port })
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
        begin: () => set(proxmoxPath, { ca_certificate: '' }),
        end: () => set(proxmoxPath, { ca_certificate: proxmox.caCertificate })
      }
    )
  )
  await t.test('a wrong token of Proxmox', (t) =>
    ended(
      t,
      { code: 'PROXMOX_CREDENTIAL', says: ['Proxmox Endpoint lab', 'root@pam', 'Store a token'] },
      {
        begin: () => set(proxmoxPath, { token_value: '00000000-0000-0000-0000-000000000000' }),
        end: () => set(proxmoxPath, { token_value: proxmox.tokenValue })
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
    await set(proxmoxPath, { token_name: 'poor', token_value: token.secret })
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
    await set(proxmoxPath, { token_name: 'audit', token_value: audit.secret })
    const enough = await journey.sync()
    t.equal(enough.complete.ok, true)
    t.strictSame(netbox.state.canonical(), good)
    await set(proxmoxPath, { token_name: proxmox.tokenName, token_value: proxmox.tokenValue })
  })

  await t.test('NetBox that nobody reaches', (t) =>
    ended(
      t,
      { code: 'NETBOX_UNREACHABLE', says: ['NetBox Endpoint nb', ':1', 'proxbox endpoint test'] },
      {
        begin: () => set(netboxPath, { port: 1 }),
        end: () => set(netboxPath, { port: Number(new URL(netbox.url).port) })
      }
    )
  )
  await t.test('a certificate of NetBox that is not trusted', (t) =>
    ended(
      t,
      { code: 'NETBOX_TLS', says: ['NetBox Endpoint nb', 'certificate', 'fingerprint'] },
      {
        begin: () => set(netboxPath, { port: proxmox.port, use_https: true }),
        end: () => set(netboxPath, { port: Number(new URL(netbox.url).port), use_https: false })
      }
    )
  )
  await t.test('a wrong token of NetBox', (t) =>
    ended(
      t,
      { code: 'NETBOX_CREDENTIAL', says: ['NetBox Endpoint nb', 'Store a token'] },
      {
        begin: () => set(netboxPath, { token: `nbt_aaaaaaaaaaaa.${'b'.repeat(40)}` }),
        end: () => set(netboxPath, { token: netbox.token })
      }
    )
  )
  await t.test('NetBox too old', (t) =>
    ended(
      t,
      { code: 'NETBOX_TOO_OLD', says: ['NetBox Endpoint nb', '4.4', '4.5', 'Upgrade'] },
      {
        begin: () => {
          odd = { version: '4.4' }
        },
        end: () => {
          odd = {}
        }
      }
    )
  )
  await t.test('NetBox in maintenance', (t) =>
    ended(
      t,
      { code: 'NETBOX_MAINTENANCE', says: ['NetBox Endpoint nb', 'maintenance', 'again'] },
      { begin: () => netbox.setMaintenance(true), end: () => netbox.setMaintenance(false) }
    )
  )
  await t.test('a page with fewer rows than it counts', (t) =>
    ended(
      t,
      { code: 'NETBOX_PAGES', says: ['NetBox Endpoint nb', 'virtual-machines', 'again'] },
      {
        begin: () => {
          odd = { short: '/api/virtualization/virtual-machines/' }
        },
        end: () => {
          odd = {}
        }
      }
    )
  )
  await t.test('half a page', (t) =>
    ended(
      t,
      { code: 'NETBOX_UNREACHABLE', says: ['NetBox Endpoint nb'] },
      {
        begin: () =>
          netbox.faults.add(
            { kind: 'half' },
            { method: 'GET', path: '/virtual-machines/' },
            { times: 50 }
          ),
        end: () => netbox.faults.clear()
      }
    )
  )
  await t.test('a token of NetBox that may not write, or not everything', async (t) => {
    addGuest(world, { config: { name: 'new' } })
    const writer = netbox.token
    await ended(
      t,
      { code: 'NETBOX_READ_ONLY', says: ['NetBox Endpoint nb', 'write', 'API Tokens'] },
      {
        begin: () => set(netboxPath, { token: netbox.addToken({ isReadOnly: true }) }),
        end: () => set(netboxPath, { token: writer })
      }
    )
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
