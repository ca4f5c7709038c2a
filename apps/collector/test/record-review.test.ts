import {
  type Change,
  type Conflict,
  type DecisionRule,
  type Gap,
  type Plan,
  type Quarantined,
  syncTypes
} from '@proxbox/contracts'
import t from 'tap'
import { openReporter } from '../src/backend/reporter.ts'
import type { Facts } from '../src/sync/facts.ts'
import { recordGaps, withKnown } from '../src/sync/record-review.ts'
import { releaseUnwanted } from '../src/sync/release-unwanted.ts'

const conflict = (key: string, field: string | null = 'name'): Conflict => ({
  key,
  kind: 'vm',
  label: key,
  field,
  code: field === null ? 'ambiguous' : 'both-changed',
  detail: '',
  netbox_id: 1,
  proxmox: 'a',
  netbox: 'b',
  decisions: []
})

t.test('a conflict is told with the decision about it that was read', (t) => {
  const about = { code: 'both-changed', decision: 'netbox', user: 'ann', created: '' } as const
  const rules: DecisionRule[] = [
    { ...about, id: 3, key: 'vm:1', field: 'name' },
    { ...about, id: 4, key: 'vm:2', field: null, code: 'ambiguous', decision: 'create' }
  ]
  const named = [conflict('vm:1'), conflict('vm:1', 'site'), conflict('vm:2', null)]
  t.same(
    withKnown(named, rules).map(({ known }) => known),
    [{ rule: 3, decision: 'netbox' }, undefined, { rule: 4, decision: 'create' }]
  )
  t.end()
})

const vm = (n: number) => `vm:c1/qemu/${n}`
const change = (key: string): Change => ({
  key,
  kind: 'vm',
  action: 'create',
  netbox_id: null,
  before: {},
  after: {},
  why: {},
  label: key,
  origin: 'created'
})
const refused = (key: string, over: Partial<Quarantined> = {}): Quarantined => ({
  ...{ key, kind: 'vm', action: 'create', values: {}, detail: '', failures: 1, retry_at: '' },
  ...over
})
const held = { change: change(vm(2)), guard: 'quarantine', code: 'ITEM_QUARANTINED', reason: '' }
const found = { evidence_of_match: 'name', netbox_id: 6 }
const plan: Plan = {
  changes: [change(vm(1))],
  steps: [],
  held: [held],
  adoptions: [{ ...change(vm(6)), ...found, values: {}, evidence: {} }],
  notices: [],
  conflicts: [conflict(vm(3))],
  seen: { waiting: [], begun: [], ended: [] },
  unchanged: {}
}
const gap: Gap = {
  cluster: 'c1',
  scope: 'guest',
  facet: 'config',
  reason: 'timeout',
  detail: ''
}
const quarantine = [
  ...[1, 2, 3, 4, 6].map((n) => refused(vm(n))),
  refused(vm(5), { action: 'update' }),
  refused('ip:vm:c1/qemu/4/net0/10.0.0.1', { kind: 'ip-address' })
]

/** What a Run tells the inventory of this Plan, and people. */
async function told(run: { plan?: Plan; gaps?: Gap[]; mode?: 'apply'; vms?: number[] }) {
  const keys: string[] = []
  const said: string[] = []
  const reporter = openReporter(
    ({ data }) => said.push('message' in data ? data.message : ''),
    () => 0
  )
  const facts = {
    recordUnwanted: async (unwanted: readonly string[]) => keys.push(...unwanted)
  } as unknown as Facts // it is asked for nothing else
  const parts = {
    types: ['virtual-machines', 'vm-disks', 'network-interfaces'],
    query: { netboxVmIds: run.vms ?? [], proxmoxEndpointIds: [] },
    lease: { mode: run.mode ?? 'sync' },
    known: { quarantine },
    current: { version: '4.7.3' }
  } as unknown as Parameters<typeof releaseUnwanted>[2] // what it looks at
  await releaseUnwanted(run.plan ?? plan, run.gaps ?? [], { ...parts, facts, reporter })
  return { keys, said }
}

t.test('only a whole Run tells that a refused create is wanted no more', async (t) => {
  t.same(await told({}), {
    keys: [vm(4)],
    said: ['1 refused object is wanted no more and left quarantine']
  })
  const silent: [string, Parameters<typeof told>[0]][] = [
    ['a gap may hide it', { gaps: [gap] }],
    ['a narrowed Run', { vms: [7] }],
    ['an apply plans what was approved', { mode: 'apply' }],
    ...['GAP', 'SITE_MISSING'].map((code): [string, Parameters<typeof told>[0]] => {
      const notice = { key: 'cluster:c1', label: 'c1', code, detail: '' }
      return [`a held cluster: ${code}`, { plan: { ...plan, notices: [notice] } }]
    })
  ]
  for (const [name, run] of silent) t.same(await told(run), { keys: [], said: [] }, name)
})

t.test('only a Run of all types closes gaps, and where it has looked', async (t) => {
  const lookedAt = ['c1', 'edge']
  const closed = async (types: typeof syncTypes, gaps = [gap]) => {
    const told: unknown[] = []
    const sides = {
      proxmox: { lookedAt },
      facts: { recordGaps: async (_: unknown, where: unknown) => told.push(where) && [] }
    } as unknown as Parameters<typeof recordGaps>[1] // what it looks at
    await recordGaps(gaps, sides, types)
    return told
  }
  const some = ['devices'] as never
  t.same(await closed(syncTypes), [lookedAt])
  t.same(await closed(syncTypes, []), [lookedAt])
  t.same(await closed(some), [[]], 'not all was read')
  t.same(await closed(some, []), [], 'there is nothing to tell')
})
