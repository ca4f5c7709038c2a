import { apiPrefix, type Principal, routes } from '@proxbox/contracts'
import t from 'tap'
import { type Echo, goneId, openStack, runId } from './stack.ts'

const principal = (facts: Partial<Principal>): Principal => ({
  user: 'ada',
  superuser: true,
  permissions: [],
  write: true,
  ...facts
})
const stack = await openStack({
  admin: principal({}),
  reader: principal({ user: 'rea', write: false }),
  viewer: principal({
    user: 'vic',
    superuser: false,
    permissions: ['netbox_proxbox.view_run', 'netbox_proxbox.view_conflict']
  })
})
t.teardown(() => stack.close())

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly token?: string
}

async function request(path: string, { method = 'GET', body, token = 'admin' }: Asked = {}) {
  const response = await fetch(`${stack.url}${apiPrefix}/${path}`, {
    method,
    headers: {
      authorization: `Token ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000)
  })
  return {
    status: response.status,
    body: (await response.json()) as Echo & Record<string, unknown>
  } // JSON of ours
}
const post = (path: string, body?: unknown, token = 'admin') =>
  request(path, { method: 'POST', token, ...(body === undefined ? {} : { body }) })

t.test('what a person reviews reaches its service, with query and body as typed', async (t) => {
  const asked: [Promise<{ status: number; body: Echo }>, number, object][] = [
    [
      request(`runs/7/plan/?after=100&limit=50`),
      200,
      {
        operationId: 'readRunPlan',
        params: { id: runId },
        query: { after: 100, limit: 50 },
        user: 'ada'
      }
    ],
    [request('items/5/'), 200, { operationId: 'readItem', params: { id: 5 } }],
    [
      request('items/5/explain/?field=cf.proxmox_node'),
      200,
      { operationId: 'explainItem', params: { id: 5 }, query: { field: 'cf.proxmox_node' } }
    ],
    [post('items/5/release/'), 200, { operationId: 'releaseItem', params: { id: 5 } }],
    [
      request('conflicts/?state=open&state=decided&kind=vm&code=both-changed&limit=0'),
      200,
      {
        operationId: 'listConflicts',
        query: { state: ['open', 'decided'], kind: 'vm', code: 'both-changed', limit: 0 }
      }
    ],
    [request('conflicts/3/'), 200, { operationId: 'readConflict', params: { id: 3 } }],
    [
      post('conflicts/3/decide/', { decision: 'adopt:vm/17' }),
      200,
      { operationId: 'decideConflict', params: { id: 3 }, body: { decision: 'adopt:vm/17' } }
    ],
    [
      request('gaps/?open=true&acknowledged=false&facet=agent'),
      200,
      { operationId: 'listGaps', query: { open: true, acknowledged: false, facet: 'agent' } }
    ],
    [
      post('gaps/2/acknowledge/', { until: '2026-12-01T00:00:00Z' }),
      200,
      { operationId: 'acknowledgeGap', body: { until: '2026-12-01T00:00:00Z' } }
    ],
    [post('gaps/2/acknowledge/', { until: null }), 200, { body: { until: null } }],
    [post('runs/7/undo/'), 202, { operationId: 'undoRun', params: { id: '7' }, body: null }],
    [
      post(`runs/${runId}/undo/`, { plan: true }),
      202,
      { params: { id: runId }, body: { plan: true } }
    ],
    [
      post('netbox-endpoints/2/take-over/', { decision: 'same' }),
      200,
      { operationId: 'takeOverNetBox', params: { id: 2 }, body: { decision: 'same' } }
    ],
    [
      request('netbox-endpoints/2/', {
        method: 'PATCH',
        body: { policies: { 'vm.name': 'source', 'device.cf.rack_note': 'fill' } }
      }),
      200,
      { body: { policies: { 'vm.name': 'source', 'device.cf.rack_note': 'fill' } } }
    ]
  ]
  for (const [reply, status, expected] of asked) {
    const { status: got, body } = await reply
    t.equal(got, status, JSON.stringify(body))
    t.match(body, expected)
  }
})

t.test('what their schemas do not take is a 400 that names it', async (t) => {
  const refused: [Promise<{ status: number; body: object }>, string][] = [
    [request('runs/7/plan/?format=pdf'), 'format'],
    [request('runs/7/plan/?limit=501'), 'limit'],
    [request('conflicts/?code=odd'), 'code'],
    [request('conflicts/?colour=red'), 'colour'],
    [request('gaps/?open=perhaps'), 'open'],
    [request('items/none/'), 'id'],
    [post('conflicts/3/decide/', {}), 'decision'],
    [post('gaps/2/acknowledge/', {}), 'until'],
    [post('netbox-endpoints/2/take-over/', { decision: 'steal' }), 'decision'],
    [post('runs/7/undo/', { plan: 'yes' }), 'plan'],
    [
      request('netbox-endpoints/2/', { method: 'PATCH', body: { policies: { 'vm.name': 'odd' } } }),
      'policies.vm.name'
    ]
  ]
  for (const [reply, field] of refused) {
    const { status, body } = await reply
    t.equal(status, 400, field)
    t.ok(Object.keys(body).includes(field), `${field}: ${JSON.stringify(body)}`)
  }
})

t.test('what is no Run is told as the owner of Runs tells it', async (t) => {
  t.match(await request('runs/abc/plan/'), {
    status: 400,
    body: { id: ['Not valid: it must be the number or the UUID of a Run.'] }
  })
})

t.test('rights: each operation has its own, and a reader decides nothing', async (t) => {
  const as = (path: string) => request(path, { token: 'viewer' })
  t.equal((await as('runs/7/plan/')).status, 200)
  t.equal((await as('conflicts/')).status, 200)
  for (const [path, permission] of [
    ['gaps/', 'view_gap'],
    ['items/5/explain/', 'view_item']
  ] as const)
    t.match(await as(path), { status: 403, body: { detail: new RegExp(permission) } })
  for (const [path, permission] of [
    ['runs/7/undo/', 'undo_run'],
    ['conflicts/3/decide/', 'change_conflict'],
    ['gaps/2/acknowledge/', 'change_gap'],
    ['items/5/release/', 'change_item'],
    ['netbox-endpoints/2/take-over/', 'change_netboxendpoint']
  ] as const) {
    t.match(await post(path, {}, 'viewer'), {
      status: 403,
      body: { detail: new RegExp(permission) }
    })
    t.match(await post(path, {}, 'reader'), { status: 403, body: { detail: /read-only/ } })
  }
  for (const path of ['internal/decisions/', '../../../internal/decisions/'])
    t.equal((await request(path)).status, 404, 'internal ones have no path here')
})

t.test('OpenAPI describes every public operation, with its query and body', async (t) => {
  const response = await fetch(`${stack.url}/api/schema/`, { signal: AbortSignal.timeout(10_000) })
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> } // OpenAPI
  const operations = Object.values(paths).flatMap((path) => Object.values(path)) as {
    operationId: string
  }[]
  const described = new Set(operations.map((one) => one.operationId))
  for (const route of routes) {
    const isPublic = route.visibility === 'public'
    t.equal(described.has(route.operationId), isPublic, route.operationId)
  }
  const plan = paths[`${apiPrefix}/runs/{id}/plan/`]?.get
  t.match(plan, {
    parameters: [{ name: 'after' }, { name: 'limit' }, { name: 'format' }, { name: 'id' }]
  })
  t.match(paths[`${apiPrefix}/runs/{id}/undo/`]?.post, {
    requestBody: { content: { 'application/json': {} } },
    responses: { 202: {} }
  })
  const root = await request('')
  t.match(root.body, { conflicts: /\/conflicts\/$/, gaps: /\/gaps\/$/ })
})

const fetchText = async (path: string) => {
  const response = await fetch(`${stack.url}${apiPrefix}/${path}`, {
    headers: { authorization: 'Token admin' },
    signal: AbortSignal.timeout(10_000)
  })
  return { response, text: response.text() }
}

t.test(
  'a Plan as Markdown is one file, all its pages, with Runs as people name them',
  async (t) => {
    const { response, text } = await fetchText('runs/7/plan/?format=md')
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'text/markdown; charset=utf-8')
    t.equal(response.headers.get('content-disposition'), 'attachment; filename="plan-7.md"')
    t.equal(
      await text,
      `# Plan of Run 7 for lab\n\n3 to write, 0 held. SHA-256 \`${'a'.repeat(64)}\`\n\n` +
        '## after 0, undo of Run 7\n\n## after 1, undo of Run 7\n'
    )
    const part = await fetchText('runs/7/plan/?format=md&limit=1')
    t.match(await part.text, /## after 0, undo of Run 7\n$/, 'a part of it')
    const replaced = await fetchText('runs/7/plan/?format=md&after=10')
    await t.rejects(replaced.text, 'half a Plan is no whole one')
    const refused = await fetchText('runs/7/plan/?format=pdf')
    t.equal(refused.response.status, 400)
    t.match(refused.response.headers.get('content-type'), 'json')
    t.match(await refused.text, 'format')
    const schema = (await (await fetch(`${stack.url}/api/schema/`)).json()) as Paths // JSON of ours
    const { content } = schema.paths[`${apiPrefix}/runs/{id}/plan/`]?.get.responses['200'] ?? {}
    t.match(content, { 'application/json': {}, 'text/markdown': { schema: { type: 'string' } } })
  }
)

interface Paths {
  readonly paths: Record<string, { get: { responses: Record<string, { content?: object }> } }>
}

t.test('an explanation names Runs by number and NetBox by its Endpoint', async (t) => {
  const { body } = await request('items/5/explain/')
  t.match(body, {
    netbox: 'b1',
    netbox_endpoint: 'lab',
    fields: [
      {
        ...{ written: { run_id: runId, run: 7 }, held: { run_id: goneId, run: null } },
        text: `written by Run 7: new; held in Run ${goneId} (not kept any more, or not yours to see).`
      }
    ]
  })
})
