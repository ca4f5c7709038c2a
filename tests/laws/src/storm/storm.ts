import {
  type ClusterEstate,
  type CurrentItem,
  type Fields,
  type FieldValue,
  fieldSpec,
  isRef,
  type KindName,
  kindNames,
  kinds,
  versionHas
} from '@proxbox/contracts'
import type { WriteEntry } from '@proxbox/netbox'
import type { StoredRun } from '../inventory.ts'
import type { Session } from '../session.ts'
import { edited, fieldsOf, pick, type Random, stormy, type Tables, textOf } from './edits.ts'

/** What a person has written into one field, and what stands there now. */
interface Held {
  readonly kind: KindName
  readonly id: number
  readonly field: string
  value: FieldValue
  /** Of a set: what the person put there, and what the person took away. */
  readonly added: Set<string>
  readonly removed: Set<string>
}

interface Checked {
  readonly run: StoredRun
  readonly place: string
  readonly round: number
  /** Proxmox has changed since the last Run. */
  readonly isNews: boolean
}

export interface StormOptions {
  /** What Proxmox says, Run after Run; the last one stays. */
  readonly estates: readonly ClusterEstate[]
  readonly rounds: number
  /** Share of all objects that a person edits between two Runs. */
  readonly share: number
  readonly random: Random
}

const placeOf = (kind: KindName, id: number) => `netbox:${kind}/${id}`
const elementsOf = (value: FieldValue | undefined): string[] =>
  Array.isArray(value) ? value.map((one: FieldValue) => textOf(one)) : []

/** People edit and delete while Runs come and go; the oracle is what they wrote. */
export class Storm {
  private readonly held = new Map<string, Held>()
  private readonly journal = new Map<number, string>()
  /** NetBox keys of objects that a person made, with what they are called. */
  private readonly theirs = new Map<string, string>()
  private readonly session: Session
  private readonly options: StormOptions
  private drifts = 0
  /** As read after the last Run. */
  private after: Map<KindName, CurrentItem[]> | undefined

  constructor(session: Session, options: StormOptions) {
    this.session = session
    this.options = options
  }

  /** @throws Error that names what of a person was lost, or was corrected without a word. Gives the number of drifts. */
  async rage(): Promise<number> {
    const { estates, rounds } = this.options
    const [first] = estates
    if (first === undefined) throw new Error('no estate')
    await this.session.sync(first)
    await this.prepare()
    let last = first
    for (let round = 0; round < rounds; round += 1) {
      const index = Math.floor((round * estates.length) / rounds)
      const estate = estates[index] ?? first
      await this.editAndDelete()
      this.session.pass(0.25)
      const run = await this.session.apply(await this.session.plan(estate))
      await this.check(run, { round, isNews: estate !== last })
      last = estate
    }
    return this.drifts
  }

  private async tables(): Promise<Map<KindName, CurrentItem[]>> {
    const { netbox } = this.session
    const wanted = kindNames.filter((kind) => versionHas(netbox.version, kinds[kind].since))
    const items = await netbox.read(wanted)
    return Map.groupBy(items, ({ kind }) => kind)
  }

  /** A person's tags, custom field, and objects beside ours. */
  private async prepare(): Promise<void> {
    const { netbox } = this.session
    await netbox.create('tag', [
      { fields: { name: 'Hand', slug: 'hand' } },
      { fields: { name: 'Keep', slug: 'keep' } }
    ])
    await netbox.call('POST', 'extras/custom-fields/', {
      name: 'asset_owner',
      type: 'text',
      object_types: ['virtualization.virtualmachine', 'dcim.device', 'virtualization.cluster']
    })
    const [[site], [cluster], [vm]] = [
      await netbox.read(['site']),
      await netbox.read(['cluster']),
      await netbox.read(['vm'])
    ]
    const alone = { site: { ref: site?.key ?? '' }, comments: 'mine' }
    await this.make('vm', { name: 'by hand', ...alone })
    // Beside ours: in the same cluster, and on a guest.
    if (cluster !== undefined)
      await this.make('vm', { name: 'beside', cluster: { ref: cluster.key }, comments: 'mine' })
    if (vm === undefined) return
    const nic = await this.make('vm-interface', {
      virtual_machine: { ref: vm.key },
      name: 'tunnel0',
      description: 'mine'
    })
    await this.make('ip-address', { address: '10.250.0.1/24', assigned_object: { ref: nic } })
  }

  private async make(kind: KindName, fields: Fields): Promise<string> {
    const [made] = await this.session.netbox.create(kind, [{ fields }])
    if (made === undefined) throw new Error(`no ${kind}`)
    this.theirs.set(made.key, made.label)
    return made.key
  }

  private async editAndDelete(): Promise<void> {
    const { random, share } = this.options
    const tables = this.after ?? (await this.tables())
    for (const kind of stormy) {
      const items = (tables.get(kind) ?? []).filter(() => random() < share)
      const [first, ...others] = items
      const isDeleted = first !== undefined && random() < 0.15 && this.mayGo(first)
      if (isDeleted) await this.remove(first)
      await this.edit(kind, isDeleted ? others : items, tables)
    }
    await this.writeJournal()
    await this.look()
  }

  /** The MAC of a renamed interface is the last thing by which it is known: who deletes it makes another of it. */
  private mayGo({ kind }: CurrentItem): boolean {
    return kind !== 'cluster' && kind !== 'device' && kind !== 'mac-address'
  }

  /** What NetBox protects stays. */
  private async remove({ kind, key, netbox_id, label }: CurrentItem): Promise<void> {
    const entries = [{ key, netboxId: netbox_id, label, fields: {} }]
    await this.session.netbox.write({ kind, action: 'delete', entries })
  }

  /** One wave of edits; what NetBox refuses did not happen. */
  private async edit(kind: KindName, items: readonly CurrentItem[], tables: Tables): Promise<void> {
    const { random } = this.options
    const entries = items.flatMap((item): WriteEntry[] => {
      const field = pick(fieldsOf(item), random)
      const value = field === undefined ? undefined : edited(item, field, { tables, random })
      if (field === undefined || value === undefined) return []
      if (textOf(value) === textOf(item.fields[field])) return []
      return [{ key: item.key, netboxId: item.netbox_id, label: field, fields: { [field]: value } }]
    })
    if (entries.length === 0) return
    const results = await this.session.netbox.write({ kind, action: 'update', entries })
    const done = new Set(results.filter(({ state }) => state === 'done').map(({ key }) => key))
    const before = new Map(items.map((item) => [item.key, item]))
    for (const { key, netboxId, fields } of entries) {
      const [field, value] = Object.entries(fields)[0] ?? []
      if (!done.has(key) || field === undefined || netboxId === null) continue
      this.note({ kind, id: netboxId, field, value: value ?? null }, before.get(key)?.fields[field])
    }
  }

  private note(
    { kind, id, field, value }: Pick<Held, 'kind' | 'id' | 'field' | 'value'>,
    before: FieldValue | undefined
  ): void {
    const place = `${placeOf(kind, id)}.${field}`
    const known = this.held.get(place)
    const [was, is] = [new Set(elementsOf(before)), new Set(elementsOf(value))]
    const added = new Set(
      [...(known?.added ?? []), ...is].filter((one) => is.has(one) && !was.has(one))
    )
    for (const one of known?.added ?? []) if (is.has(one)) added.add(one)
    const removed = new Set([...(known?.removed ?? []), ...was].filter((one) => !is.has(one)))
    this.held.set(place, { kind, id, field, value, added, removed })
  }

  private async writeJournal(): Promise<void> {
    const vm = pick(await this.session.netbox.read(['vm']), this.options.random)
    if (vm === undefined) return
    const comments = `seen in round ${this.journal.size}`
    const answer = await this.session.netbox.call('POST', 'extras/journal-entries/', {
      assigned_object_type: 'virtualization.virtualmachine',
      assigned_object_id: vm.netbox_id,
      kind: 'info',
      comments
    })
    if (typeof answer === 'object' && answer !== null && 'id' in answer)
      this.journal.set(Number(answer.id), comments)
  }

  /** What stands there once NetBox has drawn its own conclusions, and what went with a person's deletion. */
  private async look(): Promise<void> {
    const now = new Map((await this.session.netbox.read(stormy)).map((item) => [item.key, item]))
    for (const [place, held] of this.held) {
      const item = now.get(placeOf(held.kind, held.id))
      if (item === undefined) this.held.delete(place)
      else held.value = item.fields[held.field] ?? null
      for (const one of held.added)
        if (!elementsOf(held.value).includes(one)) held.added.delete(one)
    }
    for (const key of this.theirs.keys()) if (!now.has(key)) this.theirs.delete(key)
    const entries = await this.readJournal()
    for (const id of this.journal.keys()) if (!entries.has(id)) this.journal.delete(id)
  }

  private byPlace(tables: Tables): Map<string, CurrentItem> {
    return new Map([...tables.values()].flat().map((item) => [item.key, item]))
  }

  private async readJournal(): Promise<Set<number>> {
    const page = await this.session.netbox.call(
      'GET',
      'extras/journal-entries/?limit=1000&fields=id'
    )
    const rows: unknown[] =
      typeof page === 'object' && page !== null && 'results' in page && Array.isArray(page.results)
        ? page.results
        : []
    return new Set(
      rows.flatMap((row) =>
        typeof row === 'object' && row !== null && 'id' in row ? [Number(row.id)] : []
      )
    )
  }

  private async check(
    run: StoredRun,
    { round, isNews }: { round: number; isNews: boolean }
  ): Promise<void> {
    this.after = await this.tables()
    const now = this.byPlace(this.after)
    for (const [place, held] of this.held) {
      const item = now.get(placeOf(held.kind, held.id))
      if (item === undefined) this.checkGone(held, place)
      else if (Array.isArray(held.value)) this.checkSet(held, item, { run, place, round, isNews })
      else this.checkValue(held, item, { run, place, round, isNews })
    }
    for (const [key, label] of this.theirs)
      if (!now.has(key)) throw new Error(`round ${round}: ${label}, which a person made, is gone`)
    const entries = await this.readJournal()
    for (const [id, comments] of this.journal)
      if (!entries.has(id))
        throw new Error(`round ${round}: the journal entry "${comments}" is gone`)
  }

  /** What Proxmox no longer has may go with its facts, never with a word or tag of a person. */
  private checkGone({ kind, field, value, added }: Held, place: string): void {
    const policy = fieldSpec(kind, field)?.policy
    const isFact = policy === 'source' || policy === 'own'
    const isWord = Array.isArray(value) ? added.size > 0 : textOf(value) !== ''
    if (isWord && !isFact) throw new Error(`${place} is gone, and a person wrote ${textOf(value)}`)
    this.held.delete(place)
  }

  private checkSet(held: Held, item: CurrentItem, checked: Checked): void {
    const { kind, field, added, removed } = held
    const { place } = checked
    const is = new Set(elementsOf(item.fields[field]))
    const policy = fieldSpec(kind, field)?.policy
    if (policy === 'source') {
      this.checkValue(held, item, checked)
      return
    }
    for (const one of added) if (!is.has(one)) throw new Error(`${place}: ${one} was taken away`)
    const back = [...removed].find((one) => is.has(one))
    if (back !== undefined) throw new Error(`${place}: ${back} was put back`)
  }

  /** What a Change names by our keys, by NetBox's. */
  private placed(value: FieldValue): FieldValue {
    if (Array.isArray(value)) return value.map((one) => this.placed(one))
    const row = isRef(value) ? this.session.inventory.ledger.get(value.ref) : undefined
    return row === undefined ? value : { ref: placeOf(row.kind, row.netbox_id) }
  }

  /** A value of a person stays, or a Change says why it did not. */
  private checkValue(held: Held, item: CurrentItem, { run, place, round, isNews }: Checked): void {
    const { kind, field, value } = held
    const is = item.fields[field] ?? null
    if (textOf(is) === textOf(value)) return
    const told = [...run.applied.values()].find(
      (one) => one.change.kind === kind && one.netbox_id === held.id && field in one.change.after
    )
    const policy = told?.change.why[field]?.policy
    const reason = told?.change.why[field]?.reason ?? ''
    const words = `round ${round}: ${place} was ${textOf(value)} by hand, is ${textOf(is)}`
    // At first contact what is empty is filled: an object that lost all by which it was known is met anew.
    if (reason === 'NetBox has nothing' && textOf(value) === '') {
      this.held.delete(place)
      return
    }
    if (policy !== 'source' && policy !== 'own')
      throw new Error(`${words} (${policy ?? 'no Change'}: ${reason})`)
    const before = this.placed(told?.change.before[field] ?? null)
    if (textOf(before) !== textOf(value))
      throw new Error(`${words}, and the Change says it was ${textOf(before)}`)
    // What Proxmox has changed in the same moment is its news, and no drift; nor is it one where it is met for the first time.
    const isFirst = reason.startsWith('Proxmox says so')
    if (policy === 'source' && !reason.startsWith('drift') && !isNews && !isFirst)
      throw new Error(`${words}, and no drift is told: ${reason}`)
    this.drifts += 1
    this.held.delete(place)
  }
}
