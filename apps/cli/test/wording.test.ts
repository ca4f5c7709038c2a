import { PassThrough } from 'node:stream'
import t from 'tap'
import { openOutput } from '../src/print/output.ts'
import { heldLines } from '../src/print/plan-text.ts'
import { json, openFakeGateway, runLine } from './fake-gateway.ts'
import {
  frame,
  list,
  planPage,
  planRows,
  prefix,
  run,
  runId,
  conflict as storedConflict,
  tokenFor
} from './fake-runs.ts'

t.test('Endpoints of a scope are named by id or name', async (t) => {
  const { url, asked } = await openFakeGateway(t, {
    [`POST ${prefix}/sync/full-update/`]: json(202, run('queued')),
    [`GET ${prefix}/proxmox-endpoints/`]: list({ id: 4, name: 'lab' }, { id: 5, name: 'far' })
  })
  t.match(await runLine('sync --proxmox lab,2 far', tokenFor(url)), { code: 0 })
  t.same(asked.at(-1)?.body, { proxmox_endpoint_ids: [4, 2, 5] })
  t.match(await runLine('sync --proxmox nowhere', tokenFor(url)), {
    code: 1,
    err: /No proxmox Endpoint is called "nowhere"; there are lab, far\./
  })
})

t.test('a file that cannot be read names its field and the remedy', async (t) => {
  const line = 'endpoint add netbox lab token=@/nonexistent/token'
  const { code, err } = await runLine(line, tokenFor('http://127.0.0.1:1'))
  t.equal(code, 1)
  t.match(err, /^proxbox: token: \/nonexistent\/token cannot be read: name a file/)
})

t.test('a test tells each finding once, then how many there are', async (t) => {
  const detail = 'Sys.Audit is not held.'
  const finding = { severity: 'error', code: 'X', detail, remedy: 'pveum acl modify /' }
  const warning = { ...finding, severity: 'warning', detail: 'No agent.' }
  const reply = { status: 'error', detail, fingerprint_sha256: null, ca_certificate: null }
  const of = (status: string, findings: object[]) => json(200, { ...reply, status, findings })
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/proxmox-endpoints/1/test/`]: of('error', [finding, warning]),
    [`GET ${prefix}/proxmox-endpoints/2/test/`]: of('success', [warning]),
    [`GET ${prefix}/proxmox-endpoints/3/test/`]: of('success', [])
  })
  const say = async (id: number) => await runLine(`endpoint test proxmox ${id}`, tokenFor(url))
  const bad = await say(1)
  t.equal(bad.code, 1)
  t.equal(bad.out.split(detail).length, 2, 'once')
  t.match(bad.out, /\nnot ready: 1 to mend\n$/)
  t.match(await say(2), { code: 0, out: /\nready, with 1 that could be better\n$/ })
  t.match(await say(3), { code: 0, out: /^ready\n$/ })
})

t.test(
  'a narrow token: a line per permission that is missing, and how to grant them once',
  async (t) => {
    const lacking = (permission: string) => ({
      severity: 'error',
      code: 'NETBOX_PERMISSION',
      detail: `The user of the token lacks the permission ${permission}.`,
      remedy: `Grant ${permission} to the user of the token (Admin → Permissions).`
    })
    const findings = ['dcim.add_site', 'dcim.change_site'].map(lacking)
    const reply = { status: 'error', detail: '', fingerprint_sha256: null, ca_certificate: null }
    const { url } = await openFakeGateway(t, {
      [`GET ${prefix}/netbox-endpoints/1/test/`]: json(200, { ...reply, findings })
    })
    const { out } = await runLine('endpoint test netbox 1', tokenFor(url))
    t.same(out.trim().split('\n'), [
      '✗ The user of the token lacks the permission dcim.add_site.',
      '✗ The user of the token lacks the permission dcim.change_site.',
      '  Grant permissions to the user of the token in NetBox: Admin → Permissions.',
      'not ready: 2 to mend'
    ])
  }
)

t.test('a backend that is built in has no address to show', async (t) => {
  const row = { id: 1, name: 'built-in', domain: 'localhost', ip_address: null, port: 8800 }
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/fastapi-endpoints/`]: list(
      { ...row, enabled: true, built_in: true },
      { ...row, id: 2, name: 'old', enabled: true, built_in: false }
    )
  })
  const { out } = await runLine('endpoint list fastapi', tokenFor(url))
  t.match(out, /built-in +built-in +yes/)
  t.match(out, /old +localhost:8800 +yes/)
})

t.test('a degraded Run is neither done nor failed, and says each gap once', async (t) => {
  const detail = 'Proxmox Endpoint lab, guest 101, agent: It said no.'
  const gap = { scope: 'Proxmox Endpoint lab, guest 101: agent', reason: 'nonsense', detail }
  const errors = [
    { code: 'GAP', detail, disposition: 'stop' },
    { code: 'AGENT_NONSENSE', detail, disposition: 'stop' },
    { code: 'NAME_TAKEN', detail: 'The name is taken.', disposition: 'stop' }
  ]
  const known = { ...gap, detail: 'Known.', acknowledged: true }
  const told = run('degraded', { gaps: [gap, known], errors, errors_total: 3, plan: null })
  const end = { ok: true, message: 'It ended with gaps.', result: { outcome: 'degraded' } }
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, told),
    [`GET ${prefix}/runs/${runId}/`]: json(200, told),
    [`GET ${prefix}/runs/${runId}/events/`]: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(frame('a-1', 'complete', end))
    },
    [`GET ${prefix}/runs/${runId}/changes/`]: list()
  })
  const { code, out } = await runLine('watch 7', tokenFor(url))
  t.equal(code, 2)
  t.match(out, /^! It ended with gaps\.\n/)
  t.equal(out.split(detail).length, 2)
  t.match(out, `gap  ${detail} (nonsense)\ngap  Known. (nonsense, acknowledged)\n`)
  t.match(out, /NAME_TAKEN {2}The name is taken/)
  t.match(await runLine('show 7 --changes', tokenFor(url)), { out: /\nIt has no Changes\.\n$/ })
})

t.test('of a set only what joins and what leaves it is shown', async (t) => {
  const ref = (slug: string) => ({ ref: `tag:${slug}` })
  const many = Array.from({ length: 9 }, (_, at) => ref(`a-long-name-of-a-tag-${at}`))
  const page = planPage({
    before: { tags: [...many, ref('old')] },
    after: { tags: [ref('proxbox-stale'), ...many] },
    evidence: { adopted_by: 'name web in cluster lab' }
  })
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval')),
    [`GET ${prefix}/runs/${runId}/plan/`]: json(200, page),
    [`GET ${prefix}/conflicts/`]: list()
  })
  const { out } = await runLine('show 7 --plan', tokenFor(url))
  t.match(out, /\n {4}tags +\+ tag:proxbox-stale, − tag:old\n/)
  t.match(out, '\n~ vm web (NetBox id 17)\n    recognised by name web in cluster lab\n')
})

t.test('clusters, nodes and guests are shown by name, not by key', async (t) => {
  const ref = (key: string) => ({ ref: key })
  const page = planPage({
    before: { device: ref('device:n1') },
    after: { device: ref('device:n2'), site: ref('netbox:site/1') }
  })
  const item = (key: string, label: string) => ({ id: 1, key, label })
  const conflict = { id: 4, proxmox: ref('vm:c1/qemu/100/net0'), netbox: ref('device:far') }
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval')),
    [`GET ${prefix}/runs/${runId}/plan/`]: json(200, page),
    [`GET ${prefix}/conflicts/`]: list(),
    [`GET ${prefix}/conflicts/4/`]: json(200, { ...storedConflict, ...conflict }),
    [`GET ${prefix}/items/`]: list(
      item('device:n1', 'pve1'),
      item('device:n2', 'pve2'),
      item('vm:c1/qemu/100/net0', 'web net0')
    )
  })
  const { out } = await runLine('show 7 --plan', tokenFor(url))
  t.match(out, /\n {4}device +pve1 → pve2\n/)
  t.match(out, /\n {4}site +nothing → NetBox site\/1\n/)
  const items = asked.filter(({ line }) => line.includes('/items/'))
  t.equal(items.length, 1)
  t.match(items[0]?.line, /key=device%3An1&key=device%3An2&limit/)
  t.match(
    (await runLine('conflicts show 4', tokenFor(url))).out,
    /Proxmox +web net0\n +NetBox +device:far/
  )
})

t.test('a gap is told by the name of its cluster', async (t) => {
  const gap = (id: number, cluster: string) => ({
    ...{ id, cluster, scope: 'node', node: 'pve1', facet: 'agent', reason: 'denied', open: true },
    ...{ detail: 'It said no.', acknowledged_until: null }
  })
  const label = { id: 1, key: 'cluster:caaaaaaaa', kind: 'cluster', label: 'lab' }
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/gaps/`]: list(gap(3, 'caaaaaaaa'), gap(4, 'edge'), gap(5, 'caaaaaaaa')),
    [`GET ${prefix}/items/`]: list(label)
  })
  const { out } = await runLine('gaps', tokenFor(url))
  t.match(out, /3 +lab node pve1 +agent/)
  t.match(out, /4 +edge node pve1 +agent/, 'an Endpoint has its name already')
  t.equal(asked.filter(({ line }) => line.includes('/items/')).length, 1, 'asked once')
  t.match(JSON.parse((await runLine('gaps --json', tokenFor(url))).out).results, [
    { cluster: 'caaaaaaaa', cluster_name: 'lab' },
    { cluster: 'edge', cluster_name: 'edge' },
    {}
  ])
})

t.test('a Run names those around it, and says which are not kept any more', async (t) => {
  const around = { parent: 5, applied_by: 9, not_kept: [5] }
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('succeeded', around)),
    [`GET ${prefix}/runs/8/`]: json(200, run('succeeded'))
  })
  const { out } = await runLine('show 7', tokenFor(url))
  t.match(out, '\nIt follows Run 5, which is not kept any more.\nIts Plan was given to Run 9.\n')
  t.notMatch((await runLine('show 8', tokenFor(url))).out, /follows|given/)
})

t.test('the same of many objects is one line that names them', async (t) => {
  const said = (object: string, id: number) => ({
    ...{ code: 'VLAN_UNRESOLVED', disposition: 'stop' },
    detail: `NetBox Endpoint lab, ${object}: VLAN ${id} is not in NetBox.`
  })
  const errors = [said('web net0', 20), said('db net0', 30), said('dns net0', 20)]
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('degraded', { errors, errors_total: 3 }))
  })
  const { out } = await runLine('show 7', tokenFor(url))
  t.match(
    out,
    '\nVLAN_UNRESOLVED  NetBox Endpoint lab, web net0, dns net0: VLAN 20 is not in NetBox.\n'
  )
  t.match(out, '\nVLAN_UNRESOLVED  NetBox Endpoint lab, db net0: VLAN 30 is not in NetBox.\n')
})

t.test('runs tells how much each has written, and what to do where there is none', async (t) => {
  const one = { created: 2, updated: 1, deleted: 0, unchanged: 5, held: 0 }
  const wrote = run('succeeded', { counts: { vm: one, storage: one } })
  const { url } = await openFakeGateway(t, { [`GET ${prefix}/runs/`]: list(wrote) })
  t.match((await runLine('runs', tokenFor(url))).out, /written +errors\n.* 3 +0\n$/)
  const none = await openFakeGateway(t, { [`GET ${prefix}/runs/`]: list() })
  t.match((await runLine('runs', tokenFor(none.url))).out, 'There is no Run yet')
})

t.test('an address or a token that cannot be right names its variable', async (t) => {
  const address = await runLine('runs', { PROXBOX_URL: 'proxbox', PROXBOX_TOKEN: 'x' })
  t.match(address, { code: 1, err: 'PROXBOX_URL: "proxbox" is no http:// or https:// address.' })
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/`]: json(401, { detail: 'The API token is unknown.' })
  })
  const token = await runLine('runs', tokenFor(url))
  t.match(token, { code: 1, err: /The API token is unknown\. Set PROXBOX_TOKEN, or PROXBOX_HOME/ })
})

t.test('what an undo leaves waits for nobody', async (t) => {
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(
      200,
      run('degraded', { mode: { value: 'undo', label: 'Undo' } })
    ),
    [`GET ${prefix}/runs/8/`]: json(200, run('degraded'))
  })
  t.match((await runLine('show 7', tokenFor(url))).out, 'What it has left as it is stands above')
  t.match((await runLine('show 8', tokenFor(url))).out, 'proxbox gaps, conflicts, quarantine')
})

t.test('the sentences of a table wrap within the terminal', async (t) => {
  const said = (columns: number, isTTY = true): string[] => {
    const stdout = Object.assign(new PassThrough(), { isTTY, columns })
    const words = 'one two three four five six seven eight'
    openOutput({ stdout, stderr: stdout }, false).table(['id', 'detail'], [[1, words]])
    return String(stdout.read()).trimEnd().split('\n')
  }
  t.same(said(30).slice(1), [' 1  one two three four five', '    six seven eight'])
  t.equal(said(80).length, 2, 'where there is room')
  t.equal(said(20).length, 2, 'where there is none')
  t.equal(said(30, false).length, 2, 'nobody cuts what goes into a file')
})

t.test('of the fields of a new object the first ones stand for all', async (t) => {
  const names = ['name', 'role', 'site', 'tags', 'vcpus']
  const row = { action: 'create', kind: 'vm', label: 'web', outcome: 'done', detail: '' }
  const after = Object.fromEntries(names.map((name) => [name, 1]))
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('succeeded')),
    [`GET ${prefix}/runs/${runId}/changes/`]: list({ ...row, after })
  })
  t.match((await runLine('show 7 --changes', tokenFor(url))).out, /name, role, site, 2 more +done/)
})

t.test('what is out of sight is named, not told as what is made anew', async (t) => {
  const [created] = planRows
  const { color } = openOutput({ stdout: new PassThrough(), stderr: new PassThrough() }, false)
  const lines = (guard: string) => {
    const held = { ...created, guard, outcome: 'held', detail: 'A reason.' }
    return heldLines([held as Parameters<typeof heldLines>[0][number]], color) // a row as stored
  }
  t.equal(lines('vanished').length, lines('out-of-sight').length + 2, 'two fields')
  t.match(lines('out-of-sight').at(-1), /^ {2}\+ vm db/)
})
