import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { untilFrom } from '../src/commands/gaps.ts'
import { type Answer, json, openFakeGateway, runLine, type Test } from './fake-gateway.ts'
import {
  applyId,
  conflict,
  ended,
  list,
  planPages,
  planRows,
  planSha,
  prefix,
  run,
  runId,
  tokenFor
} from './fake-runs.ts'

const events = (id: string) => `GET ${prefix}/runs/${id}/events/`

/** Answers everything about a Run that has planned and about the one that applies or undoes it, and nothing of Items. */
function gatewayOfPlan(t: Test, items: Answer = json(403, { detail: 'No right to view Items.' })) {
  const other = { id: 8, run_id: applyId, plan: null }
  return openFakeGateway(t, {
    [`POST ${prefix}/sync/full-update/`]: json(202, run('queued')),
    [events(runId)]: ended,
    [`GET ${prefix}/runs/${runId}/`]: json(200, run('awaiting_approval', { held: 2 })),
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval', { held: 2 })),
    [`GET ${prefix}/runs/${runId}/plan/`]: planPages,
    [`GET ${prefix}/items/`]: items,
    [`GET ${prefix}/conflicts/`]: list(conflict, { ...conflict, id: 5, run_id: applyId }),
    [`POST ${prefix}/runs/${runId}/approve/`]: json(202, run('queued', other)),
    [`POST ${prefix}/runs/7/approve/`]: json(202, run('queued', other)),
    [`POST ${prefix}/runs/6/undo/`]: json(202, run('queued')),
    [events(applyId)]: ended,
    [`GET ${prefix}/runs/${applyId}/`]: json(200, run('degraded', other))
  })
}

t.test('a Plan is shown per object and field, held ones under their Guard', async (t) => {
  const { url, asked } = await gatewayOfPlan(t)
  const { code, out } = await runLine('plan --netbox 3', tokenFor(url))
  t.equal(code, 2)
  t.same(asked[0]?.body, { netbox_endpoint_ids: [3], mode: 'plan' })
  const from = out.indexOf('Plan of Run')
  t.matchOnly(out.slice(from).split('\n'), [
    'Plan of Run 7 for lab: 3 Changes to approve, 2 held back',
    '+ vm db\\u001b[31m',
    /^ {4}cluster +cluster:c1$/,
    /^ {4}name +db\\u001b\[31m$/,
    '~ vm web (NetBox id 17)',
    /^ {4}memory +2048 → 4096 {2}source: drift, from config\.memory$/,
    '',
    'Held back by budget: 1 (approving the Run writes it)',
    '  40 of 50 disks would be deleted',
    '  - disk web scsi1 (NetBox id 17)',
    '',
    'Held back by spare-gaps: 1 (waits until its cause is gone; approving does not write it)',
    '  node pve2 is offline',
    '  ~ vm mail (NetBox id 17)',
    /^ {6}status +nothing → offline$/,
    '',
    'Conflicts that wait for a decision: 1',
    '! vm web, name: Proxmox says web2, NetBox says www.',
    '    proxbox conflicts decide 4 proxmox|netbox',
    '',
    /proxbox apply 7\. Reject: proxbox cancel 7\.$/,
    ''
  ])
})

t.test('with --json a Plan is a line per row and its head last', async (t) => {
  const { url } = await gatewayOfPlan(t)
  const { code, out } = await runLine('show 7 --plan --json', tokenFor(url))
  t.equal(code, 0)
  const [first, ...rows] = out
    .trim()
    .split('\n')
    .map((line): { position?: number; sha256?: string } => JSON.parse(line))
  t.match(first, { run_id: runId })
  t.same(rows.slice(0, -1), planRows)
  t.match(rows.at(-1), { run_id: runId, sha256: planSha, count: 3, held: 2 })
})

t.test('a Plan goes through a file and is applied exactly', async (t) => {
  const { url, asked } = await gatewayOfPlan(t)
  const folder = t.testdir({})
  const file = join(folder, 'plan.json')
  t.match(await runLine(`plan -o ${file}`, tokenFor(url)), { code: 2, err: '' })
  const text = await readFile(file, 'utf8')
  const plan: { changes: { key: string; guard?: string }[]; held: unknown[] } = JSON.parse(text)
  t.match(plan, { run: 7, netbox: 'lab', run_id: runId, sha256: planSha })
  t.same(
    plan.changes.map(({ key, guard }) => [key, guard]),
    planRows.slice(0, 3).map(({ change, guard }) => [change.key, guard ?? undefined])
  )
  t.equal(plan.held.length, 1)

  const apply = await runLine(`apply ${file}`, tokenFor(url))
  t.equal(apply.code, 2, 'it ended degraded')
  t.match(apply.out, /Run 8/)
  t.ok(asked.some(({ line }) => line === `POST ${prefix}/runs/${runId}/approve/`))

  await writeFile(file, text.replace('4096', '8192'))
  const edited = await runLine(`apply ${file}`, tokenFor(url))
  t.match(edited, { code: 1, err: /was changed since it was written/ })
  await writeFile(file, text.replace(/"changes":\[[\s\S]*\],"held"/, '"changes":[],"held"'))
  t.match(await runLine(`apply ${file}`, tokenFor(url)), { code: 1, err: /was changed since/ })
  await writeFile(file, '{"run_id": 7}')
  t.match(await runLine(`apply ${file}`, tokenFor(url)), { code: 1, err: /is no Plan: it must/ })
  const nowhere = await runLine(`apply ${folder}/none.json`, tokenFor(url))
  t.match(nowhere, { code: 1, err: /cannot be read: name a Run by its number/ })
  t.match(await runLine('plan -o plan.txt', tokenFor(url)), { code: 1, err: /\.json or \.md/ })
  const before = asked.length
  t.match(await runLine('plan -o nowhere/plan.json', tokenFor(url)), {
    code: 1,
    err: /^proxbox: nowhere\/plan\.json cannot be written: name a file in a folder/
  })
  t.equal(asked.length, before, 'no Run is made for it')
})

t.test('a file of another Plan of the same Run is refused', async (t) => {
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/${runId}/plan/`]: json(200, {
      run_id: runId,
      sha256: 'a'.repeat(64),
      count: 0,
      held: 0,
      next: null,
      results: []
    })
  })
  const changes = planRows.slice(0, 3).map(({ change }) => change)
  const text = JSON.stringify({ run_id: runId, sha256: planSha, changes })
  const file = join(t.testdir({ 'plan.json': text }), 'plan.json')
  const { code, err } = await runLine(`apply ${file}`, tokenFor(url))
  t.equal(code, 1)
  t.match(err, /The file is not the Plan that Run .* has stored \(SHA-256 a{64}\)/)
  t.notOk(asked.some(({ line }) => line.startsWith('POST')))
})

t.test('a Plan as Markdown is what the server writes, and the conflicts', async (t) => {
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval')),
    [`GET ${prefix}/conflicts/`]: list({ ...conflict, detail: 'Is it |a| or *b*?' }),
    [`GET ${prefix}/runs/${runId}/plan/`]: (one, response) => {
      t.match(one.line, 'format=md')
      response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' })
      response.write('# Plan\n\n## one\n')
      response.end('\n## two\n')
    }
  })
  const file = join(t.testdir({}), 'plan.md')
  t.equal((await runLine(`show 7 -o ${file}`, tokenFor(url))).code, 0)
  t.equal(
    await readFile(file, 'utf8'),
    `# Plan

## one

## two

## Conflicts that wait for a decision

- conflict 4: vm web, name: Is it \\|a\\| or \\*b\\*?
`
  )
})

t.test('a long Plan is cut on the screen, but never what is held back', async (t) => {
  const [first, , held] = planRows
  const results = Array.from({ length: 1005 }, (_, position) =>
    position < 1004 ? { ...first, position } : { ...held, position }
  )
  const page = { run_id: runId, sha256: planSha, count: 1005, held: 1, next: null, results }
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval')),
    [`GET ${prefix}/conflicts/`]: list(),
    [`GET ${prefix}/runs/${runId}/plan/`]: json(200, page),
    [`GET ${prefix}/items/`]: list()
  })
  const { code, out } = await runLine('show 7 --plan', tokenFor(url))
  t.equal(code, 0)
  t.equal(out.match(/^\+ vm/gm)?.length, 1000)
  t.match(out, 'Held back by budget: 1')
  t.match(out, '… and 4 more: "proxbox show 7 -o plan-7.json"')
})

t.test('pages that stand still or change end the reading', async (t) => {
  const page = { run_id: runId, sha256: planSha, count: 9, held: 0, results: planRows.slice(0, 1) }
  let asked = 0
  const { url } = await openFakeGateway(t, {
    [`GET ${prefix}/runs/7/`]: json(200, run('awaiting_approval')),
    [`GET ${prefix}/conflicts/`]: list(),
    [`GET ${prefix}/runs/${runId}/plan/`]: json(200, { ...page, next: 3 }),
    [`GET ${prefix}/runs/9/`]: json(200, run('awaiting_approval', { run_id: applyId })),
    [`GET ${prefix}/runs/${applyId}/plan/`]: (one, response) => {
      asked += 1
      json(200, { ...page, sha256: String(asked), next: asked })(one, response)
    },
    [`GET ${prefix}/gaps/`]: json(200, { count: 7, next: null, previous: null, results: [] })
  })
  t.match(await runLine('show 7 --plan', tokenFor(url)), { code: 1, err: /do not come to an end/ })
  t.match(await runLine('show 9 --plan', tokenFor(url)), { code: 1, err: /replaced while/ })
  t.match(await runLine('gaps', tokenFor(url)), { code: 1, err: /has 7 rows and ends at 0/ })
})

t.test('names that fail to come are told, names that one may not see are keys', async (t) => {
  const away = json(503, { detail: 'The inventory is away.' })
  const { url } = await gatewayOfPlan(t, away)
  t.match(await runLine('show 7 --plan', tokenFor(url)), { code: 1, err: /The inventory is away/ })
  const denied = await gatewayOfPlan(t)
  t.match(await runLine('show 7 --plan', tokenFor(denied.url)), { code: 0, out: /cluster:c1/ })
})

t.test('undo follows; with --plan it shows what it would do', async (t) => {
  const { url, asked } = await gatewayOfPlan(t)
  const shown = await runLine('undo 6 --plan', tokenFor(url))
  t.match(shown, { code: 2, out: /~ vm web \(NetBox id 17\)\n {4}memory/ })
  t.same(asked[0]?.body, { plan: true })
  t.equal((await runLine('undo 6', tokenFor(url))).code, 2)
  t.same(asked.findLast(({ line }) => line.startsWith('POST'))?.body, {})
})

const explained = {
  key: 'vm:c1/qemu/100',
  kind: 'vm',
  label: 'web',
  netbox: 'b1',
  netbox_endpoint: 'lab',
  netbox_id: 17,
  origin: 'adopted',
  evidence: { match: 'name' },
  missing_since: '2026-11-20T00:00:00Z',
  quarantine: null,
  conflicts: [4],
  fields: [
    {
      field: 'name',
      value: 'web',
      written: {
        policy: 'merge',
        reason: 'changed in Proxmox',
        rule: 'decision 3',
        run_id: runId,
        run: 7,
        at: '2026-11-01T00:00:00Z'
      },
      kept: { policy: 'merge', reason: 'changed in NetBox', wanted: 'web2' },
      held: null,
      planned: { wanted: 'web2', run_id: runId, run: 9 },
      source: 'config.name',
      text: 'NetBox keeps its name.'
    }
  ]
}

/** Of a create that NetBox has refused. */
const refused = {
  netbox_id: null,
  quarantine: { failures: 1, detail: 'too long', retry_at: '2026-11-20T00:15:00Z' }
}

/** An address that NetBox does not have yet. */
const waiting = {
  ...explained,
  ...{ key: 'ip:vm:c1/qemu/100/net0/2001:db8::5', kind: 'ip-address', label: '2001:db8::5/64' },
  ...{ netbox_id: null, evidence: {}, missing_since: null, conflicts: [] },
  waits: { since: '2026-11-20T00:00:00Z', until: '2026-11-21T00:00:00Z' },
  fields: [
    {
      ...{ field: 'address', written: null, kept: null, held: null, planned: null, source: null },
      text: 'web net0 tells it.'
    }
  ]
}

t.test('explain takes an id, a key, an address, or the name of one VM or device', async (t) => {
  const item = (id: number, label: string) => ({
    ...{ id, key: `vm:c1/qemu/${id}`, label, netbox: 'b1' },
    proxmox_name: id === 1 ? 'pve-web' : label
  })
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/items/`]: (one, response) => {
      const query = new URL(one.line.split(' ')[1] ?? '', url).searchParams
      const items = [
        ...[item(1, 'web'), item(2, 'web-2'), item(3, 'twin'), item(4, 'twin')],
        { ...item(5, '2001:db8::5/64'), kind: 'ip-address' }
      ]
      const found = query.has('key')
        ? items.filter(({ key }) => key === query.get('key'))
        : items.filter((one) =>
            [one.label, one.proxmox_name].some((name) =>
              name.includes((query.get('q') ?? '').toLowerCase())
            )
          )
      list(...found)(one, response)
    },
    [`GET ${prefix}/items/1/explain/`]: json(200, explained),
    [`GET ${prefix}/items/2/explain/`]: json(200, { ...explained, fields: [] }),
    [`GET ${prefix}/items/4/explain/`]: json(200, { ...explained, ...refused }),
    [`GET ${prefix}/items/3/explain/`]: json(200, {
      ...explained,
      fields: [
        {
          ...explained.fields[0],
          held: { guard: 'budget', reason: 'many', run_id: 'x', run: null }
        }
      ]
    }),
    [`GET ${prefix}/items/5/explain/`]: json(200, waiting)
  })
  for (const name of ['1', 'vm:c1/qemu/1', 'web', 'WEB', 'pve-web']) {
    const { code, out } = await runLine(`explain ${name} name`, tokenFor(url))
    t.equal(code, 0, name)
    t.match(out, 'vm web  vm:c1/qemu/100\n  adopted, NetBox lab, id 17\n  recognised by match name')
    t.match(out, /stale: missing in Proxmox since 2026-11-20.*\n.*proxbox conflicts show 4/)
    t.match(out, /from +config\.name/)
    t.match(out, /by Run 7: merge: changed in Proxmox \(decision 3\)/)
    t.match(
      out,
      /\nname +web {2}\(as last known\)\n(.*\n)*.*kept +NetBox is left as it is; Proxmox says web2: merge: changed in NetBox/
    )
    t.match(out, /planned +web2, in the Plan of Run 9; nothing has written it since/)
  }
  t.ok(asked.some(({ line }) => line === `GET ${prefix}/items/1/explain/?field=name`))
  const gone = await runLine('explain 3', tokenFor(url))
  t.match(gone.out, /by budget in Run x \(not kept any more, or not yours to see\): many/)
  for (const text of ['2001:db8::5', '2001:DB8::5', '2001:db8::5/64']) {
    const { out } = await runLine(`explain ${text}`, tokenFor(url))
    t.match(
      out,
      /not in NetBox lab\n {2}waits: seen since 2026-11-20T.*, written by no Run before 2026-11-21T/
    )
    t.match(out, /address +never ours\n +web net0 tells it/)
  }
  t.match(await runLine('explain twin', tokenFor(url)), { code: 1, err: /2 Items .*: 3 \(vm:c1/ })
  const { out } = await runLine('explain 4', tokenFor(url))
  t.match(out, /\n {2}not in NetBox lab\n/, 'what nothing has made is neither created nor adopted')
  t.match(out, /NetBox refused it once: too long/)
  t.match(await runLine('explain none', tokenFor(url)), { code: 1, err: /No Item has the key/ })
  t.match(await runLine('explain 2 nam', tokenFor(url)), {
    code: 1,
    err: /No field of web with nam/
  })
})

t.test('conflicts, gaps and quarantine are listed, shown and answered', async (t) => {
  const gap = { id: 3, cluster: 'c1', scope: 'node', node: 'pve1', facet: 'agent', open: true }
  const told = { ...gap, reason: 'denied', detail: 'Permission check failed.', remedy: 'Grant it.' }
  const quarantine = { action: 'create', failures: 2, retry_at: '2026-11-25', detail: 'No.' }
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/conflicts/`]: list(conflict),
    [`GET ${prefix}/conflicts/4/`]: json(200, conflict),
    [`POST ${prefix}/conflicts/4/decide/`]: json(200, { ...conflict, state: 'decided' }),
    [`GET ${prefix}/gaps/`]: (one, response) =>
      list(
        one.line.includes('open=true')
          ? { ...told, acknowledged_until: null }
          : {
              ...told,
              open: false,
              reason: 'offline',
              detail: 'It is not running',
              remedy: 'Start it.'
            }
      )(one, response),
    [`POST ${prefix}/gaps/3/acknowledge/`]: (one, response) =>
      json(200, { ...told, acknowledged_until: (one.body as { until: string }).until })(
        // as sent below
        one,
        response
      ),
    [`POST ${prefix}/gaps/8/acknowledge/`]: json(200, {
      ...{ ...told, id: 8, open: false },
      acknowledged_until: null
    }),
    [`GET ${prefix}/items/`]: list({ id: 5, kind: 'vm', label: 'web', quarantine }),
    [`GET ${prefix}/items/5/`]: json(200, { id: 5, kind: 'vm', label: 'web', quarantine }),
    [`GET ${prefix}/items/6/`]: json(200, { id: 6, kind: 'vm', label: 'db', quarantine: null }),
    [`POST ${prefix}/items/5/release/`]: json(200, {}),
    [`POST ${prefix}/items/6/release/`]: json(200, {})
  })
  const say = async (line: string) => {
    const { code, out, err } = await runLine(line, tokenFor(url))
    return code === 0 ? out : err
  }
  t.match(await say('conflicts'), /4 +open +both-changed +vm web, name +Proxmox says/)
  t.match(asked.at(-1)?.line, 'state=open')
  t.match(JSON.parse(await say('conflicts --json')), { count: 1, results: [conflict] })
  t.match(
    await say('conflicts show 4'),
    /Proxmox +web2\n +NetBox +www\n +look at {2}vm 17 in NetBox/
  )
  t.match(
    await say('conflicts show 4'),
    /decide 4 proxmox {2}\w.*\n.*decide 4 netbox {3}keeps www\n/
  )
  t.match(await say('conflicts decide 4 netbox'), 'Conflict 4 is decided: netbox (keeps www).')
  t.same(asked.at(-1)?.body, { decision: 'netbox' })
  t.match(await say('conflicts show web'), '"web" is no id of a conflict')
  t.match(await say('gaps'), /3 +c1 node pve1 +agent +denied +Permission check failed\. Grant it\./)
  t.match(await say('gaps --all'), /agent +offline +closed +It is not running\. Start it\.\n/)
  t.match(await say('gaps acknowledge 3 --until 2999-01-31'), 'until 2999-01-31T23:59:59.000Z')
  t.match(await say('gaps acknowledge 3 --until none'), 'is not acknowledged any more')
  t.match(await say('gaps acknowledge 8 --until none'), 'Gap 8 can be read again; nothing of it')
  t.match(await say('gaps acknowledge 3 --until 2020-01-01'), '2020-01-01 has passed')
  t.match(await say('quarantine'), /5 +vm +web +create +2 +2026-11-25 +No\./)
  t.match(asked.at(-1)?.line, 'quarantined=true')
  t.match(await say('quarantine release 5'), 'vm web is released')
  t.match(await say('quarantine release 6'), 'vm db is not in quarantine')
})

t.test('a date is a day, a moment or none', async (t) => {
  const now = new Date('2026-11-24T12:00:00Z')
  t.equal(untilFrom('2026-11-24', now), '2026-11-24T23:59:59.000Z')
  t.equal(untilFrom('2026-11-24T13:00+01:00', new Date('2026-11-24T11:59:00Z')), now.toISOString())
  t.equal(untilFrom('none', now), null)
  for (const text of ['tomorrow', '2026-13-01', '2026-11-24T13:00:00', '1'])
    t.throws(() => untilFrom(text, now), { message: /is no date/ }, text)
})

t.test('policies are merged into those stored; whose a NetBox is can be answered', async (t) => {
  const { url, asked } = await openFakeGateway(t, {
    [`GET ${prefix}/netbox-endpoints/3/`]: json(200, {
      policies: { 'vm.name': 'fill', 'vm.role': 'source' }
    }),
    [`PATCH ${prefix}/netbox-endpoints/3/`]: json(200, { id: 3, name: 'lab' }),
    [`POST ${prefix}/netbox-endpoints/3/take-over/`]: json(200, { id: 3, name: 'lab' })
  })
  const set = 'endpoint set netbox 3'
  const line = `${set} --policy vm.name=source --policy vm.role=default --policy device.cf.note=fill`
  t.equal((await runLine(line, tokenFor(url))).code, 0)
  t.same(asked.at(-1)?.body, { policies: { 'vm.name': 'source', 'device.cf.note': 'fill' } })
  const refusals: [string, RegExp][] = [
    [`${set} --policy vm=source`, /is not of the form kind\.field=policy/],
    [`${set} --policy vms.name=source`, /"vms" is no kind; use tag/],
    [`${set} --policy vm.nam=source`, /vm has no field "nam"; it has name/],
    [`${set} --policy vm.name=mine`, /"mine" is no policy; use source/],
    [`${set} policies=x`, /Policies are set one by one/],
    [set, /Nothing to store/],
    ['endpoint set proxmox 3 --policy vm.name=source', /only a netbox Endpoint has policies/],
    ['endpoint take-over 3 --as mine', /Allowed choices are same, copy, take-over/],
    ['endpoint take-over 3', /required option '--as/]
  ]
  for (const [text, expected] of refusals)
    t.match(await runLine(text, tokenFor(url)), { code: 1, err: expected }, text)
  const taken = await runLine('endpoint take-over 3 --as copy', tokenFor(url))
  t.match(taken, { code: 0, out: /an empty Ledger\.\nLook at what a Run would do/ })
  t.same(asked.at(-1)?.body, { decision: 'copy' })
})
