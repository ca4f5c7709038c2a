import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runCli } from '../src/cli.ts'
import { collector, json, openFakeGateway, runLine, type Test } from './fake-gateway.ts'
import { ended, frame, list as listed, prefix, run, runId, tokenFor } from './fake-runs.ts'

/** A Run that is enqueued, followed and read in this final state. */
function gatewayOfRun(t: Test, state: string) {
  return openFakeGateway(t, {
    [`POST ${prefix}/sync/full-update/`]: json(202, run('queued')),
    [`GET ${prefix}/runs/${runId}/events/`]: ended,
    [`GET ${prefix}/conflicts/`]: listed(),
    [`GET ${prefix}/runs/${runId}/`]: json(200, run(state, { plan: null }))
  })
}

t.test('the exit code tells how a Run ended', async (t) => {
  const codes = { succeeded: 0, degraded: 2, awaiting_approval: 2, failed: 1, cancelled: 1 }
  for (const [state, code] of Object.entries(codes)) {
    const { url, asked } = await gatewayOfRun(t, state)
    const plan = await runLine('plan --proxmox 1,2 --netbox 3', tokenFor(url))
    t.equal(plan.code, code, `plan: ${state}`)
    t.same(asked[0]?.body, { proxmox_endpoint_ids: [1, 2], netbox_endpoint_ids: [3], mode: 'plan' })
    t.equal(asked[0]?.headers.authorization, 'Token secret')
    t.equal((await runLine('sync --wait', tokenFor(url))).code, code, `sync: ${state}`)
    t.equal((await runLine('sync', tokenFor(url))).code, 0, 'enqueued is done')
  }
})

t.test('a Run whose Frames are kept no longer is shown as it is', async (t) => {
  const error = { code: 'RUN_EXPIRED', detail: 'Run 7 awaited approval for too long.' }
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('cancelled', { error })),
    [`GET ${prefix}/runs/${runId}/`]: json(200, run('cancelled', { error })),
    [`GET ${prefix}/runs/${runId}/events/`]: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('event: gap\ndata: {"epoch":"a"}\n\n')
    }
  })
  for (const [line, wanted] of [
    ['watch 7', 1],
    ['show 7', 0]
  ] as const) {
    const { code, out } = await runLine(line, tokenFor(url))
    t.equal(code, wanted, line)
    t.match(out, /^RUN_EXPIRED {2}Run 7 awaited approval for too long\.$/m, line)
  }
  t.equal(asked.filter((one) => one.line.includes('/events/')).length, 1, 'asked for once')
})

t.test('a feed that breaks goes on where it broke, as JSON lines too', async (t) => {
  let calls = 0
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('running')),
    [`GET ${prefix}/runs/${runId}/`]: json(200, run('succeeded')),
    [`GET ${prefix}/runs/${runId}/events/`]: (_, response) => {
      calls += 1
      if (calls === 2) return json(503, { detail: 'starting' })(_, response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (calls > 2) return response.end(frame('a-2', 'complete', { ok: true, message: 'Done.' }))
      response.write(frame('a-1', 'step', { step: 'x', status: 'syncing', message: 'One.' }))
      setTimeout(() => response.destroy(), 50)
    }
  })
  const { code, out } = await runLine('watch 7 --json', tokenFor(url))
  t.equal(code, 0)
  const lines = out
    .trim()
    .split('\n')
    .map((line): { message: string } => JSON.parse(line))
  t.same(
    lines.map(({ message }) => message),
    ['One.', 'Done.']
  )
  const resumed = asked.filter(({ line }) => line.includes('/events/')).map((one) => one.headers)
  t.same(
    resumed.map((headers) => headers['last-event-id']),
    [undefined, 'a-1', 'a-1']
  )
})

t.test('Ctrl-C while watching ends the command, not the Run', async (t) => {
  const stop = new AbortController()
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('running')),
    [`GET ${prefix}/runs/${runId}/events/`]: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': open\n\n')
      setTimeout(() => stop.abort(), 50)
    }
  })
  const { code, err } = await runLine('watch 7', tokenFor(url), stop.signal)
  t.equal(code, 1)
  t.match(
    err,
    /^\nRun 7 goes on: follow it with "proxbox watch 7", end it with "proxbox cancel 7"\.\n$/
  )
  t.notOk(asked.some(({ line }) => line.startsWith('POST')))
})

t.test('every refusal is one sentence on stderr and exit code 1', async (t) => {
  const { url } = await openFakeGateway(t, {
    [`POST ${prefix}/netbox-endpoints/`]: json(400, { token: ['This field is required.'] }),
    [`POST ${prefix}/runs/9/cancel/`]: json(409, { detail: 'Run 9 is succeeded.' })
  })
  const away = 'http://127.0.0.1:1'
  const home = { PROXBOX_HOME: '/nonexistent/home' }
  const broken = await mkdtemp(join(tmpdir(), 'proxbox-home-'))
  t.teardown(() => rm(broken, { recursive: true }))
  await mkdir(join(broken, 'admin-token'))
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'endpoint add netbox lab port=1',
      tokenFor(url),
      /^proxbox: token: This field is required\.\n$/
    ],
    ['endpoint add netbox lab prot=1', tokenFor(url), /prot is no field of a netbox Endpoint/],
    [
      'endpoint add netbox lab token-secret=geheim=1',
      tokenFor(url),
      /^proxbox: "token-secret=…" is not of the form field=value: [^=]+\.\n$/
    ],
    ['endpoint add nebox lab port=1', tokenFor(url), /"nebox" is no kind of Endpoint; use proxmox/],
    ['cancel 9', tokenFor(url), /^proxbox: Run 9 is succeeded\.\n$/],
    ['sync vms', tokenFor(url), /"vms" is no sync type; use devices/],
    ['sync --vm x', tokenFor(url), /--vm: "x" is no id/],
    ['runs', tokenFor(away), /does not answer at http:\/\/127\.0\.0\.1:1: is it running\?/],
    ['runs', home, /No API token: set PROXBOX_TOKEN, or start the local stack/],
    [
      'runs',
      { PROXBOX_HOME: broken },
      /admin-token cannot be read \(EISDIR\): mend that, or set PROXBOX_URL and PROXBOX_TOKEN\.\n$/
    ],
    ['nats creds root', home, /use integration or partner/],
    ['nats creds integration', home, /has no users of the bus yet/],
    ['simulate proxmox --guests many', {}, /whole number from 0 to 100000/],
    ['simulate netbox --version 3.7', {}, /Allowed choices are 4\.5, 4\.6, 4\.7/],
    ['up --nonsense', {}, /unknown option '--nonsense'/]
  ]
  for (const [line, env, expected] of cases) {
    const { code, out, err } = await runLine(line, env)
    t.equal(code, 1, line)
    t.match(err, expected, line)
    t.equal(out, '', line)
  }
})

t.test('secrets come from files, and a doctor names what is away', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'proxbox-cli-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'token'), 'nbt_key.secret\n')
  const list = json(200, { count: 2, results: [{ id: 4, built_in: true }] })
  const { url, asked } = await openFakeGateway(t, {
    [`POST ${prefix}/netbox-endpoints/`]: json(201, { id: 3, name: 'lab' }),
    'GET /readyz': json(200, {}),
    [`GET ${prefix}/proxmox-endpoints/`]: list,
    [`GET ${prefix}/fastapi-endpoints/`]: list,
    [`GET ${prefix}/keepalive/fastapi/4/`]: json(200, { status: 'success', detail: 'fine' }),
    [`GET ${prefix}/runs/`]: json(503, { detail: 'orchestrator does not answer.' }),
    [`GET ${prefix}/items/`]: list
  })
  const line = `endpoint add netbox lab port=8001 use_https=false token=@${folder}/token --json`
  t.match(await runLine(line, tokenFor(url)), { code: 0, out: /^{"id":3/ })
  const body = { port: 8001, use_https: false, token: 'nbt_key.secret', name: 'lab' }
  t.same(asked[0]?.body, body)
  const doctor = await runLine('doctor --json', tokenFor(url))
  t.equal(doctor.code, 1)
  const { parts }: { parts: { part: string; ok: boolean }[] } = JSON.parse(doctor.out)
  t.same(
    parts.filter(({ ok }) => !ok),
    [{ part: 'orchestrator', ok: false, detail: 'orchestrator does not answer.' }]
  )
})

t.test('a simulated Proxmox and NetBox tell on their first line how to log in', async (t) => {
  const pve = await simulate(t, 'simulate proxmox --guests 5 --nodes 2 --json')
  t.match(pve.facts, { username: 'root@pam', fingerprint_sha256: /^([0-9A-F]{2}:){31}/ })
  const path = '/api2/json/cluster/resources?type=vm'
  const token = `PVEAPIToken=root@pam!${pve.facts.token_name}=${pve.facts.token_value}`
  const guests = await readJson(`${pve.facts.url}${path}`, token, pve.facts.ca_certificate)
  t.equal(guests.data.length, 5)
  t.equal(await pve.end(), 0)

  const netbox = await simulate(t, 'simulate netbox --version 4.6 --json')
  const headers = { authorization: `Bearer ${netbox.facts.token}` }
  const status = await fetch(`${netbox.facts.url}/api/status/`, { headers })
  t.match(await status.json(), { 'netbox-version': '4.6.8' })
  t.equal(await netbox.end(), 0)
})

/** Runs `simulate` until its first line is there. */
async function simulate(t: Test, line: string) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const stdout = collector()
  const stderr = collector()
  const ended = runCli(line.split(' '), {}, { stdout, stderr, signal: stop.signal })
  for (let waited = 0; waited < 10_000 && !stdout.text().includes('\n'); waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const facts: Record<string, string> = JSON.parse(stdout.text())
  return {
    facts,
    end: () => {
      stop.abort()
      return ended
    }
  }
}

/** Over TLS that trusts nothing but the given CA. */
function readJson(url: string, authorization: string, ca = ''): Promise<{ data: unknown[] }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ca, headers: { authorization } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())))
    })
    call.on('error', reject)
    call.end()
  })
}
