import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CurrentItem,
  defaultSettings,
  type Estate,
  type Fields,
  type FieldValue,
  isRef,
  kinds,
  type LedgerRow,
  netboxKey,
  type Plan
} from '@proxbox/contracts'
import { openNetBox } from '@proxbox/netbox'
import { type PlanInput, planChanges } from '@proxbox/reconcile'
import t, { type Test } from 'tap'
import { planSparing } from '../src/sync/plan-sparing.ts'

const estate: Estate = {
  clusters: [
    {
      ...{ clusterId: 'caaaaaaaa', name: 'lab', mode: 'standalone', endpointId: 1 },
      ...{ endpointName: 'pve', version: '9.0', quorate: true, nodes: [], guestListWhole: true },
      ...{ storages: [], tagColors: {}, gaps: [] },
      guests: [
        {
          ...{ vmid: 100, type: 'qemu', node: 'pve1', name: 'web', status: 'running' },
          config: {
            ...{ name: 'web', memoryMiB: 2048, vcpus: 2, onBoot: true, template: false },
            ...{ agentEnabled: false, tags: [], nics: [], unknownKeys: [] },
            disks: ['scsi0', 'scsi1'].map((slot) => ({
              ...{ slot, storage: 'local', volume: `vm-100-${slot}`, sizeBytes: 2 ** 33 },
              media: 'disk'
            }))
          }
        }
      ]
    }
  ],
  gaps: []
}
const site = { name: 'Home', slug: 'home', status: 'active' }
const home: CurrentItem = {
  ...{ key: 'netbox:site/1', kind: 'site', netbox_id: 1, label: 'Home' },
  fields: site
}

const inputOf = (current: readonly CurrentItem[], ledger: readonly LedgerRow[]): PlanInput => ({
  estate,
  current,
  ledger,
  ...{ intents: [], quarantine: [], decisions: [] },
  options: {
    now: '2026-01-01T00:00:00Z',
    netboxVersion: '4.7.3',
    endpoint: {
      ...{ ramBase: 1024, diskBase: 1024, primaryIpPolicy: 'never', primaryIpSubnet: null },
      ...{ pinToNode: false, createDefaultSite: false, vlanCreate: false, platformCreate: false },
      ...{ missingPolicy: 'keep', rebuiltPolicy: 'hold', policies: {} }
    },
    settings: defaultSettings,
    ...{ useGuestAgentInterfaceName: true, ignoreIpv6LinkLocal: true },
    syncTypes: ['devices', 'virtual-machines', 'vm-disks'],
    identityTag: { slug: 'proxbox-i1', name: 'Proxbox i1' },
    connections: {
      caaaaaaaa: {
        ...{ endpointId: 1, endpointName: 'pve', site: null, tenant: null },
        ...{ netboxCluster: null, notes: true, linkBase: null }
      }
    },
    reference: current,
    seenAddresses: new Map()
  }
})

/** What NetBox and the Ledger hold once a first Plan is written. */
function written({ changes }: Plan): PlanInput {
  const at = new Map(changes.map(({ key, kind }, index) => [key, netboxKey(kind, index + 10)]))
  const resolved = (value: FieldValue): FieldValue => {
    if (Array.isArray(value)) return value.map(resolved)
    return isRef(value) ? { ref: at.get(value.ref) ?? value.ref } : value
  }
  const stored = (kind: CurrentItem['kind'], after: Fields): Fields => ({
    ...Object.fromEntries(Object.keys(kinds[kind].fields).map((field) => [field, null])),
    ...Object.fromEntries(Object.entries(after).map(([field, value]) => [field, resolved(value)]))
  })
  const current = changes.map(({ kind, after, label }, index) => ({
    ...{ key: netboxKey(kind, index + 10), kind, netbox_id: index + 10, label },
    fields: stored(kind, after)
  }))
  const ledger = changes.map(
    ({ key, kind, label, after, evidence = {} }, index): LedgerRow => ({
      ...{
        key,
        kind,
        label,
        netbox_id: index + 10,
        origin: 'created',
        last_written: after,
        evidence
      },
      first_missing_at: null
    })
  )
  return inputOf([home, ...current], ledger)
}

const whole = written(planChanges(inputOf([home], [])))
const lost = 'vm:caaaaaaaa/qemu/100/scsi1'
const lostId = whole.ledger.find(({ key }) => key === lost)?.netbox_id
const without: PlanInput = {
  ...whole,
  current: whole.current.filter(({ key }) => key !== netboxKey('disk', lostId ?? 0))
}

/** A NetBox that knows one answer. */
async function answering(t: Test, status: number, answer: (id: number) => object) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://netbox')
    asked.push(url.pathname)
    response.writeHead(status, { 'content-type': 'application/json', 'api-version': '4.7' })
    response.end(JSON.stringify(answer(Number(url.searchParams.get('id')))))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an AddressInfo, says node:net.
  const { port } = server.address() as AddressInfo
  const netbox = openNetBox({
    ...{ id: 1, name: 'nb', base_url: `http://127.0.0.1:${port}`, token: 'nbt_a.b' },
    ...{ verify_ssl: true, ca_certificate: '', fingerprint_sha256: '', timeout: 5 },
    ...{ write_timeout: 5, write_mode: 'budget', ram_base: 1024, disk_base: 1024 },
    ...{ primary_ip_policy: 'never', primary_ip_subnet: null, pin_to_node: false },
    ...{ missing_policy: 'keep', rebuilt_policy: 'hold', create_default_site: false },
    ...{ vlan_create: false, platform_create: false, policies: {} }
  })
  t.teardown(async () => {
    await netbox.close()
    server.close()
  })
  return { netbox, asked }
}

const { signal } = new AbortController()
const page =
  (count: number, more = {}) =>
  (id: number) => ({ count: 1, results: [{ id, virtual_disk_count: count, ...more }] })

t.test('where all was read, nothing is asked', async (t) => {
  const { netbox, asked } = await answering(t, 200, page(2))
  const plan = await planSparing(whole, netbox, signal)
  t.same([plan.changes, plan.held, asked], [[], [], []])
})

t.test('counts and the changelog tell what is out of sight from what is gone', async (t) => {
  const holder = '/api/virtualization/virtual-machines/'
  const changes = '/api/core/object-changes/'
  const hidden = await answering(t, 200, page(2))
  const spared = await planSparing(without, hidden.netbox, signal)
  t.same(spared.changes, [])
  t.match(spared.held, [{ guard: 'out-of-sight', change: { key: lost } }])
  t.same(hidden.asked, [holder, changes, changes])
  const again = [{ key: lost, action: 'create' }]
  const silent = await answering(t, 200, page(1))
  t.match((await planSparing(without, silent.netbox, signal)).changes, again)
  // Another one is out of sight, say: the changelog knows which one was deleted.
  const deleted = await answering(
    t,
    200,
    page(2, {
      changed_object_type: kinds.disk.model,
      changed_object_id: lostId
    })
  )
  t.match((await planSparing(without, deleted.netbox, signal)).changes, again)
  t.same(deleted.asked, [holder, changes])
})

t.test('what may not be counted is held for a person', async (t) => {
  const { netbox } = await answering(t, 403, () => ({
    detail: 'You do not have permission to perform this action.'
  }))
  const plan = await planSparing(without, netbox, signal)
  t.same(plan.changes, [])
  t.match(plan.held, [{ guard: 'vanished', change: { key: lost } }])
})
