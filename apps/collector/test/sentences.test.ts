import { type Change, type Gap, gapKey, type Plan, ProxboxError } from '@proxbox/contracts'
import t from 'tap'
import type { Reporter } from '../src/backend/reporter.ts'
import { failureFacts } from '../src/sync/failure-sentence.ts'
import { reportOutcomes } from '../src/sync/report-outcomes.ts'
import { reportPlan, reportStages, reportUndone } from '../src/sync/report-plan.ts'
import {
  gapFactsFrom,
  gapRow,
  gapSentence,
  objectSentence,
  withRemedy
} from '../src/sync/sentences.ts'

const names = {
  netbox: 'nb',
  proxmox: (cluster: string) => (cluster === 'c1' ? 'lab' : undefined),
  guest: (_cluster: string, vmid: number) => (vmid === 100 ? 'web' : undefined)
}
const gap = (facts: Partial<Gap>): Gap => ({
  cluster: 'c1',
  scope: 'guest',
  facet: 'agent',
  reason: 'error',
  detail: 'It said no',
  ...facts
})

t.test('a gap names Endpoint, object and remedy', async (t) => {
  t.equal(
    gapSentence(gap({ node: 'pve1', vmid: 100, reason: 'nonsense' }), names),
    'Proxmox Endpoint lab, node pve1, guest 100 (web), agent: It said no. Update the guest agent.'
  )
  t.equal(
    gapSentence(gap({ scope: 'node', node: 'pve2', facet: 'status', reason: 'offline' }), names),
    'Proxmox Endpoint lab, node pve2, status: It said no. It is read again when it is back.'
  )
  t.equal(
    gapSentence(gap({ facet: 'list', remedy: 'pveum acl modify / --roles PVEAuditor' }), names),
    'Proxmox Endpoint lab, list: It said no. Run "pveum acl modify / --roles PVEAuditor" on a node.'
  )
})

t.test('a gap is stored with the remedy that its sentence tells', async (t) => {
  for (const one of [gap({ vmid: 7 }), gap({ facet: 'list' }), gap({ remedy: 'pveum x' })]) {
    const stored = withRemedy(one, names)
    t.ok(stored.remedy)
    t.equal(gapSentence(stored, names), gapSentence(one, names))
  }
  const told = gap({ detail: 'Look: "proxbox endpoint test proxmox lab".' })
  t.equal(withRemedy(told, names), told)
})

t.test('what names its Endpoint already is not told twice', async (t) => {
  const detail = 'Proxmox Endpoint far cannot be reached.'
  t.equal(gapSentence(gap({ cluster: 'far', facet: 'list', detail, remedy: '' }), names), detail)
  const mended = `${detail} Check it: "proxbox endpoint test proxmox far".`
  t.equal(gapSentence(gap({ cluster: 'far', facet: 'list', detail: mended }), names), mended)
})

t.test('a gap in the lists', async (t) => {
  const facts = gapFactsFrom(gap({ vmid: 7 }), names, new Set())
  t.match(facts, { scope: 'Proxmox Endpoint lab, guest 7: agent', reason: 'error' })
  t.notOk('acknowledged' in facts)
  const known = new Set([gapKey(gap({ vmid: 7 }))])
  t.match(gapFactsFrom(gap({ vmid: 7 }), names, known), { ...facts, acknowledged: true })
  t.equal(gapRow(gap({ vmid: 100 }), names), 'web')
  t.equal(gapRow(gap({ vmid: 7 }), names), '7')
  t.equal(gapRow(gap({ storage: 'local', node: 'pve1' }), names), 'local')
  t.equal(gapRow(gap({}), names), 'lab')
})

t.test('an object names its NetBox Endpoint, itself and the remedy', async (t) => {
  const about = { label: 'web', code: 'NAME_TAKEN', detail: 'The name is taken.' }
  t.equal(
    objectSentence(about, names),
    'NetBox Endpoint nb, web: The name is taken. Rename one of the two in Proxmox.'
  )
  t.equal(
    objectSentence({ ...about, code: 'SITE_MISSING', detail: 'web has no site.' }, names),
    'NetBox Endpoint nb: web has no site.'
  )
})

t.test('what ends a Run names the command that looks closer', async (t) => {
  const error = new ProxboxError('PROXMOX_UNREACHABLE', {
    endpoint: 'lab',
    address: '10.0.0.1:8006',
    detail: 'refused'
  })
  const { detail, code, disposition } = failureFacts(error)
  t.match({ code, disposition }, { code: 'PROXMOX_UNREACHABLE', disposition: 'wait' })
  t.match(detail, /Endpoint lab .*10\.0\.0\.1:8006.*"proxbox endpoint test proxmox lab"\.$/)
  t.match(failureFacts(new Error('a secret')), { code: 'INTERNAL', disposition: 'bug' })
  t.notMatch(failureFacts(new Error('a secret')).detail, 'secret')
})

t.test('what is left out for the sake of another object has nothing to correct', async (t) => {
  const said: string[] = []
  const change = { kind: 'disk', label: 'web scsi0' } as Change // nothing else is read
  await reportOutcomes(
    [
      { change, state: 'refused', netbox_id: null, detail: 'size: too large.' },
      { change, state: 'skipped', netbox_id: null, detail: 'it refers to vm web' },
      {
        change: { ...change, action: 'update', after: { mode: 'access', untagged_vlan: null } },
        ...{ state: 'skipped', netbox_id: 3, detail: 'untagged_vlan refers to vlan 5' }
      }
    ],
    {
      facts: { record: async () => undefined },
      reporter: {
        refuse() {},
        warn: ({ detail }: { detail: string }) => said.push(detail)
      } as unknown as Reporter, // nothing else is called
      names: { netbox: 'main' },
      onWritten() {},
      created: new Set(),
      updated: new Set()
    }
  )
  t.match(said, [
    /^NetBox Endpoint main: disk web scsi0 was refused: size: too large\. Correct it .* after a pause, .*proxbox quarantine release"\.$/,
    /^NetBox Endpoint main: disk web scsi0 was left out: it refers to vm web\. The next Run looks at it again\.$/,
    /: mode, untagged_vlan of disk web scsi0 were left out: untagged_vlan refers to vlan 5\. The next/
  ])
})

t.test('what an undo leaves is not said to be looked at again', async (t) => {
  const said: string[] = []
  const quiet = { count() {}, step() {} }
  const reporter = { ...quiet, warn: (one: { detail: string }) => said.push(one.detail) }
  const notice = { key: 'tag:dev', label: 'dev', code: 'ITEM_MOVED', detail: 'tag dev stays.' }
  const plan = {
    ...{ notices: [notice], held: [], changes: [], unchanged: {} },
    seen: { waiting: [], begun: [], ended: [] }
  } as unknown as Plan // nothing else is read
  const told = { reporter: reporter as unknown as Reporter, names } // nothing else is called
  reportPlan(plan, [], { ...told, remedy: 'It is left as it is.' })
  reportPlan(plan, [], told)
  t.same(said, [
    'NetBox Endpoint nb: tag dev stays. It is left as it is.',
    'NetBox Endpoint nb: tag dev stays. The next Run looks at it again.'
  ])
})

t.test('what is only planned is not said to be done', async (t) => {
  const said: string[] = []
  const reporter = {
    step: (_step: string, _status: string, message: string) => said.push(message),
    countsOf: () => undefined
  } as unknown as Reporter // nothing else is called
  for (const writes of [false, true]) {
    reportStages(['devices'], { reporter, writes })
    reportUndone(['devices'], { run: '1', written: 1, writes }, { reporter, names })
  }
  t.same(said, ['devices planned', 'Undo planned', 'devices synchronized', 'Undone'])
})

t.test('addresses that wait until the same moment share it', async (t) => {
  const said: string[] = []
  const reporter = {
    step: (_step: string, _status: string, message: string) => said.push(message)
  } as unknown as Reporter // nothing else is called
  const waits = (label: string, since: string) => ({ label, holder: `vm ${label}`, since })
  const [early, late] = ['2026-11-25T00:00:00.000Z', '2026-11-25T06:00:00.000Z']
  const waiting = [waits('::1', early), waits('::2', late), waits('::3', early)]
  const plan = {
    ...{ notices: [], held: [], changes: [], unchanged: {} },
    seen: { waiting, begun: [], ended: [] }
  } as unknown as Plan // nothing else is read
  reportPlan(plan, [], { reporter, names })
  t.match(
    said[0],
    /: ::1 of vm ::1, ::3 of vm ::3 until 2026-11-26T00:00:00\.000Z; ::2 of vm ::2 until 2026-11-26T06:00:00\.000Z$/
  )
})

t.test('an object is counted once, however many writes it takes', async (t) => {
  const counted: string[] = []
  const done = (key: string, action: Change['action']) => ({
    change: { key, action, kind: 'vm', label: key } as Change, // nothing else is read
    ...{ state: 'done' as const, netbox_id: 1, detail: '' }
  })
  const parts = {
    facts: { record: async () => undefined },
    reporter: { count: (kind: string, what: string) => counted.push(`${kind} ${what}`) },
    names: { netbox: 'main' },
    onWritten() {},
    created: new Set(['new']),
    updated: new Set<string>()
  } as unknown as Parameters<typeof reportOutcomes>[1] // nothing else is called
  await reportOutcomes([done('new', 'create'), done('old', 'update')], parts)
  await reportOutcomes([done('new', 'update'), done('old', 'update')], parts)
  t.same(counted, ['vm created', 'vm updated'])
})
