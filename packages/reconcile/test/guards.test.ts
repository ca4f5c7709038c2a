import {
  type Change,
  defaultSettings,
  type Fields,
  type KindName,
  type LedgerRow
} from '@proxbox/contracts'
import t from 'tap'
import { budget } from '../src/guards/budget.ts'
import { looseEnds } from '../src/guards/loose-ends.ts'
import { ownedOnly } from '../src/guards/owned-only.ts'
import { heldReferences } from '../src/guards/references.ts'
import { vanishedKeys } from '../src/guards/vanished.ts'

const change = (key: string, kind: KindName, more: Partial<Change> = {}): Change => ({
  key,
  kind,
  action: 'update',
  netbox_id: 1,
  before: {},
  after: {},
  why: {},
  label: key,
  origin: 'created',
  ...more
})

const vm = (index: number) => `vm:caaaaaaaa/qemu/${100 + index}`
const rowsOf = (kind: KindName, count: number, keyOf = vm): LedgerRow[] =>
  Array.from({ length: count }, (_, index) => ({
    key: keyOf(index),
    kind,
    netbox_id: index + 1,
    origin: 'created',
    last_written: {},
    evidence: {},
    label: '',
    first_missing_at: null
  }))

t.test('each field that a person plans with counts, and no other does', async (t) => {
  const total = 20
  const most = 10
  const held = (field: string, count: number): number => {
    const changes = Array.from({ length: count }, (_, index) =>
      change(vm(index), 'vm', {
        before: { [field]: 'old', memory: 1 },
        after: { [field]: 'new', memory: 2 }
      })
    )
    const result = budget(changes, {
      ledger: rowsOf('vm', total),
      wanted: [],
      settings: defaultSettings,
      clusterOfNode: () => undefined
    })
    for (const { change: one } of result.held) t.same(Object.keys(one.after), [field])
    t.equal(result.kept.length, count, 'what else such a Change says goes on')
    return result.held.length
  }
  const weighty = ['name', 'cluster', 'site', 'tenant', 'role', 'vrf', 'status']
  for (const field of [...weighty, 'primary_ip4', 'primary_ip6']) {
    t.equal(held(field, most), 0, `${most} times ${field}`)
    t.equal(held(field, most + 1), most + 1, `${most + 1} times ${field}: all wait`)
  }
  t.equal(held('comments', total), 0)
})

t.test('what is made again counts as changed', async (t) => {
  const facts = {
    ledger: rowsOf('disk', 12),
    wanted: [],
    settings: defaultSettings,
    clusterOfNode: () => undefined
  }
  const again = Array.from({ length: 11 }, (_, index) =>
    change(vm(index), 'disk', { action: 'create', netbox_id: null, after: { name: 'scsi0' } })
  )
  t.equal(budget(again, facts).held.length, 11)
  t.equal(budget(again, { ...facts, ledger: [] }).held.length, 0, 'what nobody knew does not')
})

t.test('only what hangs on guests, and guests, are ever deleted', async (t) => {
  const kinds: readonly KindName[] = ['cluster', 'device', 'ip-address', 'tag', 'vlan', 'site']
  for (const kind of kinds) {
    const { kept, held } = ownedOnly([change('x', kind, { action: 'delete' })], () => undefined)
    t.same(kept, [], kind)
    t.match(held, [{ guard: 'owned-only', reason: /never deleted/ }])
  }
  const mine = change(vm(0), 'vm', { action: 'delete' })
  t.same(ownedOnly([mine], () => undefined).kept, [mine])
})

t.test('many that are gone are many by share, whatever was found in their stead', async (t) => {
  const gone = (count: number, by: string | undefined, kind: KindName = 'vm', total = 100) =>
    vanishedKeys({
      rows: rowsOf(kind, total),
      foundBy: (row) => (row.netbox_id <= count ? by : 'ledger'),
      place: () => 'one place',
      settings: defaultSettings
    }).size
  t.equal(gone(25, undefined), 0, 'a quarter may be')
  t.equal(gone(26, undefined), 26, 'more may not')
  t.equal(gone(10, undefined, 'vm', 24), 0, 'ten may be')
  t.equal(gone(11, undefined, 'vm', 24), 11)
  for (const by of ['name', 'only-one']) t.equal(gone(26, by), 26, `by ${by} another was found`)
  for (const by of ['custom-field', 'mac', 'intent']) t.equal(gone(26, by), 0, `by ${by} itself`)
  t.equal(gone(26, 'name', 'tag'), 0, 'the name of a tag is the tag')
})

t.test('an address stays on its interface while it is primary', async (t) => {
  const address = change(`ip:${vm(0)}/net0/10.0.0.1`, 'ip-address', {
    before: { assigned_object: { ref: `${vm(0)}/net0` } },
    after: { assigned_object: null }
  })
  const ends = {
    chosen: new Map(),
    primaryOf: ({ kind }: Change) =>
      kind === 'ip-address' ? { key: vm(0), field: 'primary_ip4' } : undefined,
    hangingOn: () => []
  }
  t.match(looseEnds([address], ends), {
    kept: [],
    held: [{ guard: 'references', reason: /primary/ }]
  })
  const guest = change(vm(0), 'vm', { after: { primary_ip4: null } })
  t.same(looseEnds([address, guest], ends).held, [], 'unless the guest gives it up with it')
})

t.test('a create does without what it can do without, and waits for the rest', async (t) => {
  const made = (kind: KindName, after: Fields) =>
    heldReferences([change('x', kind, { action: 'create', netbox_id: null, after })], () => false)
  const nowhere = { ref: 'elsewhere' }
  for (const field of ['tenant', 'platform', 'virtual_machine_type', 'role', 'device']) {
    const { kept, held } = made('vm', { name: 'web', [field]: nowhere })
    t.same(held, [], field)
    t.same(kept[0]?.after, { name: 'web' })
  }
  t.match(made('vm', { name: 'web', cluster: nowhere }), {
    kept: [],
    held: [{ reason: /cluster/ }]
  })
  const vlans = { mode: 'tagged', untagged_vlan: nowhere, tagged_vlans: [{ ref: 'netbox:vlan/1' }] }
  const port = made('vm-interface', { name: 'net0', ...vlans })
  t.same(port.kept[0]?.after, { name: 'net0' }, 'NetBox takes mode and VLANs together only')
})

t.test('values of a custom field wait for its definition', async (t) => {
  const [fields, before] = [{ name: 'lab', 'cf.proxmox_cluster': 'lab' }, { name: 'old' }]
  const created = change('c', 'cluster', { action: 'create', netbox_id: null, after: fields })
  const updated = change('d', 'device', { before, after: fields })
  t.match(
    heldReferences([created, updated], () => false),
    {
      kept: [{ key: 'd', after: { name: 'lab', 'cf.proxmox_cluster': undefined } }],
      held: [{ change: { key: 'c' }, reason: /cf.proxmox_cluster/ }]
    }
  )
  const definition = {
    action: 'create',
    netbox_id: null,
    after: { name: 'proxmox_cluster' }
  } as const
  const all = [change('custom-field:proxmox_cluster', 'custom-field', definition), created, updated]
  t.same(
    heldReferences(all, () => false),
    { kept: all, held: [] },
    'made in the same Run'
  )
})
