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
import { heldReferences, withoutMissing } from '../src/guards/references.ts'
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

t.test('of a set the elements go that are held or absent, and no others', async (t) => {
  const tags = (...slugs: string[]) => slugs.map((slug) => ({ ref: `tag:${slug}` }))
  const isKnown = (key: string) => key !== 'tag:held'
  const made = change('x', 'vm', {
    action: 'create',
    netbox_id: null,
    after: { name: 'web', tags: tags('web', 'held') }
  })
  t.match(heldReferences([made], isKnown), {
    kept: [{ after: { name: 'web', tags: tags('web') } }],
    held: []
  })
  const added = change('x', 'vm', {
    before: { tags: tags('db', 'web'), name: 'old' },
    after: { tags: tags('held', 'web', 'db'), name: 'web' }
  })
  t.same(heldReferences([added], isKnown).kept[0]?.after, { name: 'web' }, 'nothing new is left')
  const alone = { ...added, after: { tags: tags('held', 'web', 'db') } }
  t.same(heldReferences([alone], isKnown).kept, [], 'and nothing is sent')
  const less = { ...added, after: { tags: tags('held', 'web') } }
  t.same(heldReferences([less], isKnown).kept[0]?.after, { tags: tags('web') })
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

t.test('a set goes on without the elements that are not there', async (t) => {
  const there = { ref: 'netbox:tag/1' }
  const gone = { ref: 'tag:gone' }
  const left = (over: Partial<Change>, kind: KindName = 'vm') =>
    heldReferences([change('x', kind, over)], (key) => key !== gone.ref)
  const made = left({ action: 'create', netbox_id: null, after: { tags: [gone, there] } })
  t.match(made, { held: [], kept: [{ after: { tags: [there] } }] })
  const idle = left({ before: { tags: [there] }, after: { tags: [there, gone] } })
  t.same(idle, { held: [], kept: [] }, 'what stands there already is not written')
  const more = left({ before: { tags: [there] }, after: { memory: 5, tags: [there, gone] } })
  t.same(more.kept[0]?.after, { memory: 5 })
  const trunk = { mode: 'tagged', tagged_vlans: [{ ref: 'netbox:vlan/1' }, gone] }
  const port = left({ after: { mtu: 9000, ...trunk } }, 'vm-interface')
  t.same(port.kept[0]?.after, { mtu: 9000 }, 'half a trunk is another trunk')
})

t.test('what was refused meanwhile goes, and what cannot do without it waits', async (t) => {
  const gone = { ref: 'gone' }
  const parted = (over: Partial<Change>, kind: KindName = 'vm') => {
    const { sent, rest } = withoutMissing(change('x', kind, over), (key) => key === gone.ref)
    return [sent?.after, rest.after]
  }
  const create = { action: 'create', netbox_id: null } as const
  const platform = { platform: gone }
  t.same(parted({ ...create, after: { name: 'web', ...platform } }), [{ name: 'web' }, platform])
  t.same(parted({ after: { memory: 5, ...platform } }), [{ memory: 5 }, platform])
  const address = { primary_ip6: { ref: 'netbox:ip-address/1' } }
  t.same(parted({ after: { primary_ip4: gone, ...address } }), [address, { primary_ip4: gone }])
  const vlans = { mode: 'tagged', untagged_vlan: { ref: 'netbox:vlan/1' }, tagged_vlans: [gone] }
  for (const kind of ['interface', 'vm-interface'] as const)
    t.same(parted({ after: { mtu: 9000, ...vlans } }, kind), [{ mtu: 9000 }, vlans], kind)
  for (const after of [
    { name: 'web', cluster: gone },
    { site: { ref: 'netbox:site/1' }, cluster: gone },
    platform
  ])
    t.same(parted({ after }), [undefined, after], 'all of it waits')
  t.same(parted({ ...create, after: { name: 'web', cluster: gone } })[0], undefined)
  t.match(
    withoutMissing(
      change('x', 'vm', {
        before: { memory: 4, platform: { ref: 'netbox:platform/1' } },
        after: { memory: 5, ...platform }
      }),
      () => true
    ),
    {
      sent: { action: 'update', before: { memory: 4, platform: undefined } },
      rest: { action: 'update', before: { memory: undefined } }
    },
    'whether it has moved is asked only of what is sent'
  )
  const made = withoutMissing(
    change('x', 'vm', { ...create, after: { name: 'web', ...platform } }),
    () => true
  )
  t.match([made.sent?.action, made.rest.action], ['create', 'update'])
})
