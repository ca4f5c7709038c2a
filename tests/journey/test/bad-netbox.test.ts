import { createNetBox, type NetBoxState } from '@proxbox/simulator/netbox'
import { addGuest, createWorld } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openJourney } from '../src/journey.ts'
import { checkEnd } from '../src/told.ts'

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

t.test('what ends a Run on the side of NetBox', async (t) => {
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
  const path = `/netbox-endpoints/${netbox.id}/`
  const set = (fields: object) => journey.want('PATCH', path, fields)
  const ended = checkEnd(journey, netbox)

  await t.test('NetBox that nobody reaches', (t) =>
    ended(
      t,
      { code: 'NETBOX_UNREACHABLE', says: ['NetBox Endpoint nb', ':1', 'proxbox endpoint test'] },
      {
        begin: () => set({ port: 1 }),
        end: () => set({ port: Number(new URL(netbox.url).port) })
      }
    )
  )
  await t.test('a certificate of NetBox that is not trusted', (t) =>
    ended(
      t,
      { code: 'NETBOX_TLS', says: ['NetBox Endpoint nb', 'certificate', 'fingerprint'] },
      {
        begin: () => set({ port: proxmox.port, use_https: true }),
        end: () => set({ port: Number(new URL(netbox.url).port), use_https: false })
      }
    )
  )
  await t.test('a wrong token of NetBox', (t) =>
    ended(
      t,
      { code: 'NETBOX_CREDENTIAL', says: ['NetBox Endpoint nb', 'Store a token'] },
      {
        begin: () => set({ token: `nbt_aaaaaaaaaaaa.${'b'.repeat(40)}` }),
        end: () => set({ token: netbox.token })
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
  await t.test('a NetBox in maintenance, told before the Run has ended', async (t) => {
    netbox.setMaintenance(true)
    const told = await journey.sync().finally(() => netbox.setMaintenance(false))
    t.match(told.run, { state: { value: 'failed' }, error: { code: 'NETBOX_MAINTENANCE' } })
    const warnings = told.events.filter(
      ({ event, data }) => event === 'step' && data.status === 'warning'
    )
    t.ok(
      warnings.some(({ data }) => /^Attempt 1 of 2 .* begins at .*Z: /.test(String(data.message))),
      'between two attempts, when the next one begins',
      { warnings }
    )
    for (const { data } of warnings) t.equal(data.code, 'NETBOX_MAINTENANCE')
    t.notMatch(JSON.stringify(warnings), /again:|start/i, 'it goes on by itself')
    t.match(told.run.error?.detail, /Attempt 2 of 2 was the last\. .*"proxbox rerun \d+"\.$/)
    t.match(told.complete.errors, [{ code: 'NETBOX_MAINTENANCE' }], 'one error, not each wait')
  })
  await t.test('a token of NetBox that may not write, or not everything', async (t) => {
    addGuest(world, { config: { name: 'new' } })
    const writer = netbox.token
    const end = () => set({ token: writer })
    await ended(
      t,
      { code: 'NETBOX_READ_ONLY', says: ['NetBox Endpoint nb', 'write', 'API Tokens'] },
      { begin: () => set({ token: netbox.addToken({ isReadOnly: true }) }), end }
    )
    const views = Object.keys(netbox.state.dump()).map((model) => model.replace('.', '.view_'))
    await ended(
      t,
      {
        code: 'NETBOX_PERMISSION',
        says: ['NetBox Endpoint nb', 'virtualization.add_virtualmachine', 'Grant it']
      },
      { begin: () => set({ token: netbox.addToken({ permissions: views }) }), end }
    )
    const told = await journey.sync()
    t.equal(told.run.state.value, 'succeeded', 'with the whole token the new guest is written')
  })
})
