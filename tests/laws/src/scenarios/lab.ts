import {
  type ClusterEstate,
  type CurrentItem,
  type DecisionRule,
  type Fields,
  isRef,
  type KindName,
  kindNames,
  netboxKey,
  type Plan
} from '@proxbox/contracts'
import type { Bench } from '../bench.ts'
import type { Session, SessionOptions } from '../session.ts'
import { toldChanges } from '../told.ts'
import { type MadeGuest, ProxmoxLab, vmKey } from './proxmox-lab.ts'
import { must, mustEqual } from './scenario.ts'

const kept: readonly KindName[] = ['cluster', 'device', 'vm', 'vm-interface', 'interface']
const byHand = { description: 'by hand', comments: 'written by hand' }

/** A cluster and a NetBox that follows it, with what a person wrote there, and what must be true of them. */
export class Lab {
  readonly proxmox: ProxmoxLab
  session: Session
  private tag = ''
  private readonly hands = new Map<string, Fields>()

  constructor(session: Session, proxmox = new ProxmoxLab()) {
    this.session = session
    this.proxmox = proxmox
  }

  /** Guests that are in NetBox already, each VM with a person's words and tag. */
  static async open(
    bench: Bench,
    guests: readonly MadeGuest[],
    options: SessionOptions = {}
  ): Promise<Lab> {
    const lab = new Lab(await bench.session('4.7.3', options))
    for (const one of guests) lab.proxmox.add(one)
    await lab.sync()
    await lab.writeByHand()
    await lab.quiet()
    return lab
  }

  get netbox() {
    return this.session.netbox
  }

  get ledger() {
    return this.session.inventory.ledger
  }

  async plan(): Promise<Plan> {
    return await this.session.plan(await this.proxmox.seen())
  }

  async sync(): Promise<Plan> {
    return await this.syncAs(await this.proxmox.seen())
  }

  /** @throws Error when NetBox refuses anything or something has moved */
  async syncAs(...clusters: readonly ClusterEstate[]): Promise<Plan> {
    const plan = await this.session.plan(...clusters)
    const run = await this.session.apply(plan)
    for (const { change, state, detail } of run.applied.values()) {
      must(state === 'done', `${change.action} ${change.key} was ${state}: ${detail}`)
    }
    return plan
  }

  /** The next Run has nothing to write, and every object is one Item. */
  async quiet(...clusters: readonly ClusterEstate[]): Promise<void> {
    const seen = clusters.length === 0 ? [await this.proxmox.seen()] : clusters
    const before = this.netbox.writes()
    const plan = await this.syncAs(...seen)
    must(plan.changes.length === 0, `not quiet:\n${toldChanges(plan.changes)}`)
    mustEqual(this.netbox.writes() - before, 0, 'writes of a Run with nothing to do')
    const { begun, ended } = plan.seen
    mustEqual([...begun, ...ended], [], 'what a Run with nothing to do remembers of addresses')
    await this.nothingDoubled()
    await this.handsHold()
  }

  /** A person writes into all VMs. */
  async writeByHand(): Promise<void> {
    const [tag] = await this.netbox.create('tag', [{ fields: { name: 'Hand', slug: 'hand' } }])
    this.tag = tag?.key ?? ''
    const objects = await this.all('vm')
    for (const { netbox_id, key, fields } of objects) {
      const tags = Array.isArray(fields.tags) ? fields.tags : []
      const edit = { ...byHand, tags: [...tags, { ref: this.tag }] }
      await this.netbox.update('vm', [{ id: netbox_id, fields: edit }])
      this.hands.set(key, byHand)
    }
  }

  /** A person changes an object that the Ledger knows under this key. */
  async edit(key: string, fields: Fields): Promise<void> {
    const row = this.row(key)
    await this.netbox.update(row.kind, [{ id: row.netbox_id, fields }])
  }

  /** A person deletes the object under this key. */
  async remove(key: string): Promise<void> {
    const row = this.row(key)
    await this.netbox.delete(row.kind, [row.netbox_id])
    this.hands.delete(netboxKey(row.kind, row.netbox_id))
  }

  decide(rule: Pick<DecisionRule, 'key' | 'field' | 'code' | 'decision'>): void {
    const { decisions } = this.session.inventory
    decisions.push({ ...rule, id: decisions.length + 1, user: 'hand', created: '' })
  }

  row(key: string) {
    const row = this.ledger.get(key)
    if (row === undefined) throw new Error(`the Ledger has no ${key}`)
    return row
  }

  async all(kind: KindName): Promise<CurrentItem[]> {
    return await this.netbox.read([kind])
  }

  async stored(key: string): Promise<Fields> {
    return await this.storedAt(this.row(key).kind, this.row(key).netbox_id)
  }

  async storedAt(kind: KindName, id: number): Promise<Fields> {
    const [object] = await this.netbox.readById(kind, [id])
    if (object === undefined) throw new Error(`${kind} ${id} is not in NetBox`)
    return object.fields
  }

  id(vmid: number, type = 'qemu'): number {
    return this.row(vmKey(vmid, type, this.proxmox.clusterId)).netbox_id
  }

  async nameOf(vmid: number): Promise<unknown> {
    return (await this.stored(vmKey(vmid))).name
  }

  /** The VM with this id is stale, or it is not. */
  async mustBeStale(id: number, isStale = true): Promise<void> {
    const { tags, status } = await this.storedAt('vm', id)
    const all = await this.all('tag')
    const tag = all.find(({ fields }) => fields.slug === 'proxbox-stale')
    const isTagged = tag !== undefined && JSON.stringify(tags).includes(`"${tag.key}"`)
    mustEqual([isTagged, status === 'decommissioning'], [isStale, isStale], `vm ${id} is stale`)
    // A guest that was followed leaves a row behind: the object is another's.
    const rows = [...this.ledger.values()].filter(
      (one) => one.kind === 'vm' && one.netbox_id === id
    )
    const isMissing = rows.every(({ first_missing_at }) => first_missing_at !== null)
    mustEqual(isMissing, isStale, `vm ${id} is missing in the Ledger`)
  }

  /** Key → NetBox id of what stands by itself. */
  places(): ReadonlyMap<string, number> {
    return new Map(
      [...this.ledger.values()]
        .filter(({ kind }) => kept.includes(kind))
        .map(({ key, netbox_id }) => [key, netbox_id])
    )
  }

  /** All of these, or those that begin so, are the objects that they were. */
  mustBeAt(places: ReadonlyMap<string, number>, start = ''): void {
    for (const [key, id] of places) {
      if (key.startsWith(start))
        mustEqual(this.ledger.get(key)?.netbox_id, id, `${key} is NetBox's`)
    }
  }

  /** One object per guest, address and part. */
  async nothingDoubled(): Promise<void> {
    const seen = new Set<string>()
    const once = (what: string) => {
      must(!seen.has(what), `${what} is in NetBox twice`)
      seen.add(what)
    }
    const text = (value: unknown) => JSON.stringify(value ?? null)
    for (const { kind, fields } of await this.netbox.read(
      kindNames.filter((one) => one !== 'prefix')
    )) {
      if (kind === 'ip-address')
        once(`address ${text(fields.address).split('/')[0]} ${text(fields.vrf)}`)
      if (kind === 'disk') once(`disk ${text(fields.virtual_machine)} ${text(fields.name)}`)
      if (kind === 'mac-address' && isRef(fields.assigned_object ?? null)) {
        once(`MAC ${text(fields.mac_address)} ${text(fields.assigned_object)}`)
      }
    }
  }

  /** What a person wrote is there, where they wrote it. */
  async handsHold(): Promise<void> {
    const objects = new Map((await this.all('vm')).map((one) => [one.key, one.fields]))
    for (const [key, wanted] of this.hands) {
      const now = objects.get(key)
      must(now !== undefined, `${key}, which a person extended, is gone`)
      for (const [field, value] of Object.entries(wanted)) {
        mustEqual(now?.[field], value, `${key}.${field}`)
      }
      must(JSON.stringify(now?.tags ?? []).includes(this.tag), `${key} has lost a person's tag`)
    }
  }
}
