import type {
  Adoption,
  CurrentItem,
  Estate,
  Fields,
  FieldValue,
  Guest,
  LedgerRow,
  Plan
} from '@proxbox/contracts'
import {
  defaultSettings,
  isRef,
  kinds,
  labelAfter,
  labelAt,
  netboxKey,
  ownValues,
  versionHas
} from '@proxbox/contracts'
import type { DesiredOptions } from '../src/index.ts'
import { clusterOf, guest } from './sample-cluster.ts'
import { refTo, UniqueNames } from './unique-names.ts'

export { guest }

export const estate = (guests: Guest[], clusterId = 'caaaaaaaa', name = 'lab'): Estate => ({
  clusters: [clusterOf(guests, { clusterId, name, nodeIdOf: () => `n${clusterId}` })],
  gaps: []
})

export class World {
  readonly version: string
  readonly ledger = new Map<string, LedgerRow>()
  readonly objects = new Map<string, CurrentItem>()
  /** Since when Runs have seen addresses that NetBox does not have, by key. */
  readonly seen = new Map<string, string>()
  private next = 1
  /** Of the Plan that is applied. */
  private unique = new UniqueNames(this.objects)

  constructor(version = '4.7.3') {
    this.version = version
    this.add('site', { name: 'Home', slug: 'home', status: 'active' })
  }

  add(kind: CurrentItem['kind'], fields: Fields, label = 'by hand'): CurrentItem {
    const id = this.next++
    const item = { key: netboxKey(kind, id), kind, netbox_id: id, fields, label }
    this.objects.set(item.key, item)
    this.unique.note(item)
    return item
  }

  edit(key: string, fields: Fields): void {
    const row = this.ledger.get(key)
    const at = row === undefined ? key : netboxKey(row.kind, row.netbox_id)
    const item = this.objects.get(at)
    if (item === undefined) throw new Error(`no ${key}`)
    const edited = { ...item, fields: { ...item.fields, ...fields } }
    this.objects.set(at, edited)
    this.unique.note(edited)
  }

  stored(key: string): Fields {
    const row = this.ledger.get(key)
    const item = row && this.objects.get(netboxKey(row.kind, row.netbox_id))
    if (item === undefined) throw new Error(`no ${key}`)
    return item.fields
  }

  options(more: Partial<DesiredOptions> = {}): DesiredOptions {
    return {
      now: '2026-01-01T00:00:00Z',
      netboxVersion: this.version,
      endpoint: {
        ramBase: 1024,
        diskBase: 1024,
        primaryIpPolicy: 'when-unset',
        primaryIpSubnet: null,
        pinToNode: true,
        createDefaultSite: false,
        vlanCreate: false,
        platformCreate: false,
        missingPolicy: 'keep',
        rebuiltPolicy: 'hold',
        policies: {}
      },
      settings: defaultSettings,
      useGuestAgentInterfaceName: true,
      ignoreIpv6LinkLocal: true,
      syncTypes: ['devices', 'virtual-machines', 'vm-disks', 'network-interfaces', 'ip-addresses'],
      identityTag: { slug: 'proxbox-i1', name: 'Proxbox i1' },
      connections: Object.fromEntries(
        ['caaaaaaaa', 'cbbbbbbbb'].map((id, index) => [
          id,
          {
            endpointId: index + 1,
            endpointName: `pve${index}`,
            site: null,
            tenant: null,
            netboxCluster: null,
            notes: true,
            linkBase: null
          }
        ])
      ),
      reference: [...this.objects.values()],
      seenAddresses: new Map(this.seen),
      ...more
    }
  }

  facts() {
    return {
      current: [...this.objects.values()],
      ledger: [...this.ledger.values()],
      intents: [],
      quarantine: [],
      decisions: []
    }
  }

  /** What every Run remembers of addresses, also one that writes nothing. */
  remember({ seen }: Plan): void {
    for (const { key, since } of seen.begun) this.seen.set(key, since)
    for (const key of seen.ended) this.seen.delete(key)
  }

  /** What an executor does: every step in order; throws where a reference does not exist yet. */
  apply(plan: Plan): number {
    this.remember(plan)
    this.unique = new UniqueNames(this.objects)
    for (const { key, kind, netbox_id, origin, values, ...facts } of plan.adoptions) {
      this.record(key, kind, netbox_id, { origin, values, ...facts })
    }
    const changes = new Map(plan.changes.map((change) => [change.key, change]))
    let writes = 0
    for (const step of plan.steps) {
      writes += Math.ceil(step.entries.length / 100)
      for (const entry of step.entries) this.applyEntry(step, entry, changes)
    }
    return writes
  }

  private applyEntry(
    step: Plan['steps'][number],
    entry: Plan['steps'][number]['entries'][number],
    changes: ReadonlyMap<string, Plan['changes'][number]>
  ): void {
    const change = changes.get(entry.key)
    if (change === undefined) throw new Error(`step without Change: ${entry.key}`)
    if (step.action === 'delete') {
      this.cascade(netboxKey(change.kind, change.netbox_id ?? 0))
      this.ledger.delete(entry.key)
      for (const one of changes.values())
        if (one.goes_with === entry.key) this.ledger.delete(one.key)
      return
    }
    const values: Fields = {
      ...Object.fromEntries(entry.fields.map((field) => [field, change.after[field] ?? null])),
      ...entry.values
    }
    if (step.action === 'create') {
      for (const made of [entry.key, entry.with_mac ?? entry.key]) this.ledger.delete(made)
    }
    const at = labelAt(change, values, entry.before)
    const before = { ...change.before, ...entry.before }
    const label = labelAfter({ kind: change.kind, label: at, before, after: values })
    this.write(entry.key, change.kind, { ...change, values, label })
    if (entry.with_mac !== undefined) this.writeMac(change, changes.get(entry.with_mac))
    const primary = values.primary_mac_address
    if (primary !== undefined && isRef(primary)) {
      const values = { assigned_object: { ref: entry.key } }
      this.write(primary.ref, 'mac-address', { origin: 'created', values })
    }
  }

  /** What NetBox does: everything that hangs on an object goes with it, and what points to it points nowhere. */
  cascade(key: string): void {
    this.objects.delete(key)
    for (const [at, item] of this.objects) {
      const { parent } = kinds[item.kind]
      const hangs = [parent ?? '', 'assigned_object'].some((field) => refTo(item, field) === key)
      if (hangs) this.cascade(at)
      else
        for (const field of ['primary_ip4', 'primary_ip6', 'primary_mac_address'])
          if (refTo(item, field) === key) this.edit(at, { [field]: null })
    }
  }

  private writeMac(owner: Plan['changes'][number], made?: Plan['changes'][number]): void {
    if (made === undefined || !versionHas(this.version, '4.7')) throw new Error('no MAC')
    this.write(made.key, made.kind, { ...made, values: made.after })
    const values = { primary_mac_address: { ref: made.key } }
    this.write(owner.key, owner.kind, { origin: owner.origin, values })
  }

  private write(key: string, kind: CurrentItem['kind'], facts: Facts) {
    const fields = Object.fromEntries(
      Object.entries(facts.values).map(([field, value]) => [field, this.resolved(value)])
    )
    const known = this.ledger.get(key)
    if (known === undefined) {
      const blank = Object.fromEntries(
        Object.keys(kinds[kind].fields).map((field) => [field, null])
      )
      this.unique.refuseTaken({ key: '', kind, netbox_id: 0, fields, label: key })
      const { netbox_id } = this.add(kind, { ...blank, ...fields }, key)
      this.record(key, kind, netbox_id, facts)
    } else {
      if (kind === 'ip-address' && fields.assigned_object !== undefined)
        this.refusePrimary(netboxKey(kind, known.netbox_id), fields.assigned_object)
      const item = this.objects.get(netboxKey(kind, known.netbox_id))
      if (item !== undefined)
        this.unique.refuseTaken({ ...item, fields: { ...item.fields, ...fields } })
      this.edit(key, fields)
      this.record(key, kind, known.netbox_id, facts)
    }
  }

  /** NetBox keeps an address with its guest or node as long as it is a primary one. */
  private refusePrimary(key: string, to: FieldValue): void {
    const holder = isRef(to) ? this.objects.get(to.ref) : undefined
    const bearer = holder === undefined ? '' : refTo(holder, kinds[holder.kind].parent ?? '')
    for (const item of this.objects.values())
      if (
        item.key !== bearer &&
        ['primary_ip4', 'primary_ip6'].some((field) => refTo(item, field) === key)
      )
        throw new Error(`${key} is the primary address of ${item.key}`)
  }

  private resolved(value: FieldValue): FieldValue {
    if (Array.isArray(value)) return value.map((one) => this.resolved(one))
    if (!isRef(value) || value.ref.startsWith('netbox:')) return value
    const row = this.ledger.get(value.ref)
    if (row === undefined) throw new Error(`${value.ref} does not exist yet`)
    return { ref: netboxKey(row.kind, row.netbox_id) }
  }

  private record(key: string, kind: CurrentItem['kind'], netbox_id: number, facts: Facts) {
    const known = this.ledger.get(key)
    const { origin, values, foreign = [], evidence, missing_since, drifts, kept } = facts
    const label = facts.label ?? known?.label ?? ''
    const learned = ownValues({ after: values, foreign })
    this.seen.delete(key)
    this.ledger.set(key, {
      ...known,
      key,
      kind,
      label,
      netbox_id,
      origin: known?.origin ?? origin,
      last_written: { ...known?.last_written, ...learned },
      evidence: { ...known?.evidence, ...evidence },
      first_missing_at:
        missing_since === undefined ? (known?.first_missing_at ?? null) : missing_since,
      ...(drifts === undefined ? {} : { drifts }),
      ...(kept === undefined ? {} : { kept })
    })
  }
}

/** What the Ledger learns of one object. */
interface Facts
  extends Partial<Pick<Adoption, 'label' | 'evidence' | 'missing_since' | 'drifts' | 'kept'>> {
  readonly origin: LedgerRow['origin']
  readonly values: Fields
  /** Written, and somebody else's. */
  readonly foreign?: readonly string[]
}
