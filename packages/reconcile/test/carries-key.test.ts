import type { CurrentItem, Fields, KindName, LedgerRow } from '@proxbox/contracts'
import t from 'tap'
import { carriesKey } from '../src/identity/carries-key.ts'

const lab = { ref: 'netbox:cluster/1' }
const guest = 'vm:caaaaaaaa/qemu/100'

/** Does the object with these fields, under the id that the Ledger has for this key, still carry it? */
function carries(
  key: string,
  kind: KindName,
  { written = {}, held, claimed = {} }: { written?: Fields; held: Fields; claimed?: object }
): boolean {
  const row: LedgerRow = {
    key,
    kind,
    netbox_id: 7,
    origin: 'created',
    last_written: written,
    evidence: {},
    label: '',
    first_missing_at: null
  }
  const current: CurrentItem = {
    key: `netbox:${kind}/7`,
    kind,
    netbox_id: 7,
    fields: held,
    label: ''
  }
  return carriesKey(
    row,
    current,
    {},
    {
      resolve: (ref) => (ref === 'cluster:caaaaaaaa' ? lab.ref : ref),
      claimed: new Map(Object.entries(claimed)),
      former: new Map(),
      object: () => undefined,
      isDisputed: () => false,
      desiredKeys: new Set(),
      desired: new Map(),
      rows: new Map(),
      childrenOf: () => []
    }
  )
}

t.test('a guest by its VMID, or its name where nobody wrote one, in its cluster', async (t) => {
  const written = { name: 'web', 'cf.proxmox_cluster': 'lab', cluster: lab }
  const is = (held: Fields) => carries(guest, 'vm', { written, held })
  t.ok(is({ name: 'renamed', 'cf.proxmox_vm_id': 100, cluster: lab }))
  t.notOk(is({ name: 'web', 'cf.proxmox_vm_id': 101, cluster: lab }), 'another VMID')
  t.ok(is({ name: 'web', cluster: lab }))
  t.notOk(is({ name: 'mail', cluster: lab }), 'another name')
  t.notOk(is({ name: 'web', 'cf.proxmox_vm_id': 100, cluster: { ref: 'netbox:cluster/2' } }))
})

t.test('a node by its name in its cluster', async (t) => {
  const written = { name: 'pve1', 'cf.proxmox_node': 'pve1', cluster: lab }
  const is = (held: Fields) => carries('device:naaaaaaaa', 'device', { written, held })
  t.ok(is({ name: 'rack-1', 'cf.proxmox_node': 'pve1', cluster: lab }))
  t.notOk(is({ name: 'pve1', cluster: { ref: 'netbox:cluster/2' } }), 'in another cluster')
  t.notOk(is({ name: 'pve2', cluster: lab }))
})

t.test('a MAC and an address by themselves, unless they hang on another cluster', async (t) => {
  const nic = { ref: 'netbox:vm-interface/3' }
  const others: readonly (readonly [string, KindName, Fields, Fields])[] = [
    [
      `mac:${guest}/net0/BC:24:11:00:00:64`,
      'mac-address',
      { mac_address: 'BC:24:11:00:00:64', assigned_object: nic },
      { mac_address: 'BC:24:11:00:00:65', assigned_object: nic }
    ],
    [
      `ip:${guest}/net0/10.0.0.1`,
      'ip-address',
      { address: '10.0.0.1/24', assigned_object: nic },
      { address: '10.0.0.2/24', assigned_object: nic }
    ]
  ]
  for (const [key, kind, held, other] of others) {
    const at = (holder: string) => ({ [nic.ref]: holder })
    t.ok(carries(key, kind, { held, claimed: at(`${guest}/net0`) }), kind)
    t.ok(carries(key, kind, { held }), 'on what nobody knows')
    t.notOk(carries(key, kind, { held: other, claimed: at(`${guest}/net0`) }), 'another one')
    t.notOk(carries(key, kind, { held, claimed: at('vm:cbbbbbbbb/qemu/100/net0') }), 'elsewhere')
  }
})
