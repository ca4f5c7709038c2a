import type { Change } from '@proxbox/contracts'
import { openPlanDigest } from '../src/plan/plan-digest.ts'
import { type Answer, json } from './fake-gateway.ts'

export const runId = '01a20e94-bfc7-75b0-8798-8e68cfa71f3a'
export const applyId = '01a20e94-bfc7-75b0-8798-8e68cfa71f3b'
export const prefix = '/api/plugins/proxbox'
export const tokenFor = (url: string) => ({ PROXBOX_URL: url, PROXBOX_TOKEN: 'secret' })

export function run(state: string, more: Record<string, unknown> = {}) {
  return {
    id: 7,
    run_id: runId,
    parent: null,
    netbox_endpoint: { name: 'lab' },
    mode: { value: 'sync' },
    state: { value: state, label: state },
    counts: {},
    gaps: [],
    held: 0,
    errors: [],
    errors_total: 0,
    error: null,
    plan: 3,
    waiting_for: null,
    ...more
  }
}

export const frame = (id: string, event: string, data: object) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** A feed of one event: the end. */
export const ended: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(frame('a-1', 'complete', { ok: true, message: 'Ended.' }))
}

export const list = (...results: readonly unknown[]): Answer =>
  json(200, { count: results.length, next: null, previous: null, results })

const change = (more: Partial<Change>): Change => ({
  key: 'vm:c1/qemu/100',
  kind: 'vm',
  action: 'update',
  netbox_id: 17,
  before: {},
  after: {},
  why: {},
  label: 'web',
  origin: 'created',
  ...more
})

const memory = { policy: 'source', reason: 'drift', source: 'config.memory' } as const
/** One create, one update, one delete over the budget, one in a gap. */
export const planRows = [
  {
    change: change({
      key: 'vm:c1/qemu/101',
      action: 'create',
      netbox_id: null,
      after: { name: 'db\u001b[31m', cluster: { ref: 'cluster:c1' } },
      label: 'db\u001b[31m'
    }),
    guard: null,
    detail: ''
  },
  {
    change: change({ before: { memory: 2048 }, after: { memory: 4096 }, why: { memory } }),
    guard: null,
    detail: ''
  },
  {
    change: change({
      key: 'disk:c1/qemu/100/scsi1',
      kind: 'disk',
      action: 'delete',
      label: 'web scsi1'
    }),
    guard: 'budget',
    detail: '40 of 50 disks would be deleted'
  },
  {
    change: change({ key: 'vm:c1/qemu/102', label: 'mail', after: { status: 'offline' } }),
    guard: 'spare-gaps',
    detail: 'node pve2 is offline'
  }
].map((row, position) => ({ ...row, position, outcome: row.guard === null ? 'planned' : 'held' }))

/** Over the first three: approving writes what only the budget holds. */
export const planSha = (() => {
  const digest = openPlanDigest()
  for (const row of planRows.slice(0, 3)) digest.add(row.change)
  return digest.hex()
})()

const pageSize = 3

/** The stored Plan, in pages of three however many are asked for. */
export const planPages: Answer = ({ line }, response) => {
  const query = new URL(line.split(' ')[1] ?? '', 'http://x').searchParams
  const from = query.has('after') ? Number(query.get('after')) + 1 : 0
  const results = planRows.slice(from, from + Math.min(pageSize, Number(query.get('limit'))))
  const last = results.at(-1)?.position ?? 0
  json(200, {
    run_id: runId,
    sha256: planSha,
    count: 3,
    held: 2,
    next: last < planRows.length - 1 ? last : null,
    results
  })({ line, body: undefined, headers: {} }, response)
}

/** A stored Plan of one Change, whole. */
export function planPage(more: Partial<Change>) {
  const digest = openPlanDigest()
  const one = change(more)
  digest.add(one)
  const row = { change: one, guard: null, detail: '', position: 0, outcome: 'planned' }
  return { run_id: runId, sha256: digest.hex(), count: 1, held: 0, next: null, results: [row] }
}

export const conflict = {
  id: 4,
  url: '',
  display: 'web name',
  key: 'vm:c1/qemu/100',
  kind: 'vm',
  label: 'web',
  field: 'name',
  code: 'both-changed',
  detail: 'Proxmox says web2, NetBox says www.',
  netbox_id: 17,
  proxmox: 'web2',
  netbox: 'www',
  decisions: [
    { decision: 'proxmox', does: 'writes web2' },
    { decision: 'netbox', does: 'keeps www' }
  ],
  netbox_identity: 'b1a2b3c4d',
  state: 'open',
  decision: null,
  rule: null,
  run_id: runId,
  created: '2026-11-24T20:00:00Z',
  last_updated: '2026-11-24T20:00:00Z'
}
