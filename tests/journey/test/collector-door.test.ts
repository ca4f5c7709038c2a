import { randomUUID } from 'node:crypto'
import { type Run, streamPaths } from '@proxbox/contracts'
import { createWorld } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { openJourney } from '../src/journey.ts'

t.test('the collector writes only under a live lease', async (t) => {
  const journey = await openJourney()
  t.teardown(() => journey.close())
  const { collectorUrl, backendToken } = journey.stack
  const proxmox = await journey.proxmox(createWorld({ guests: 5, nodes: 1, seed: 2 }))
  const netbox = await journey.netbox()
  const old = await journey.sync()
  t.equal(old.complete.ok, true)
  netbox.requests.clear()
  proxmox.requests.reset()

  const call = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(collectorUrl + path, {
      headers,
      signal: AbortSignal.timeout(10_000)
    })
    const body = (await response.json()) as { code: string; detail: string } // problem details
    return { status: response.status, code: body.code, detail: body.detail }
  }
  const lease = (run: string, attempt: string) => ({
    authorization: `Bearer ${backendToken}`,
    'proxbox-run': run,
    'proxbox-attempt': attempt
  })

  await t.test('on each of its eleven paths', async (t) => {
    t.equal(streamPaths.length, 11)
    for (const { path } of streamPaths) {
      t.match(await call(path, {}), { status: 401, code: 'TOKEN_MISSING' }, `${path} bare`)
      const wrong = { ...lease(old.run.run_id, '1'), authorization: 'Bearer wrong' }
      t.match(await call(path, wrong), { status: 401, code: 'TOKEN_INVALID' })
      const bare = { authorization: `Bearer ${backendToken}` }
      t.match(await call(path, bare), { status: 401, code: 'LEASE_MISSING' }, 'no lease')
      t.match(await call(path, lease(old.run.run_id, '1')), { status: 409 }, 'a Run that ended')
    }
  })

  await t.test('headers that name no lease', async (t) => {
    const [path = ''] = streamPaths.map((one) => one.path)
    t.match(await call(path, lease('not-a-uuid', '1')), { status: 401 })
    t.match(await call(path, lease(old.run.run_id, '0')), { status: 401 })
    t.match(await call(path, lease(old.run.run_id, 'x')), { status: 401 })
    t.match(await call(path, lease(randomUUID(), '1')), { status: 409 }, 'a Run nobody knows')
    t.match(await call(path, lease(old.run.run_id, '9')), { status: 409 }, 'an attempt to come')
    t.match(await call('/capabilities', {}), { status: 401 })
  })

  await t.test('a Run that waits has no lease either', async (t) => {
    // The first of the two holds this NetBox while Proxmox does not answer.
    const release = proxmox.faults.add({ kind: 'slow', on: 'version', delayMs: 1500, times: 1 })
    const busy = await journey.want<Run>('POST', '/sync/full-update/', {})
    const waiting = await journey.want<Run>('POST', '/sync/full-update/', {})
    t.match(await call('/full-update/stream', lease(waiting.run_id, '1')), { status: 409 })
    t.match(await call('/full-update/stream', lease(busy.run_id, '2')), { status: 409 })
    release()
    await journey.follow(busy)
    await journey.follow(waiting)
  })

  await t.test('known parameters with bad values are 422', async (t) => {
    const bad = ['use_guest_agent_interface_name=maybe', 'fetch_max_concurrency=0', 'sync_types=x']
    for (const query of bad)
      t.match(await call(`/full-update/stream?${query}`, lease(old.run.run_id, '1')), {
        status: 422,
        code: 'PARAMETER_INVALID'
      })
  })

  const { writes } = netbox.requests.counts()
  t.equal(writes, 0, 'NetBox got no write')
  t.equal(
    netbox.requests.entries.filter((entry) => entry.path === '/api/status/').length,
    2,
    'and was asked by the two real Runs alone'
  )
})
