import { macFrom } from '../engine/addresses.ts'
import { addError, broken, invalid } from '../engine/errors.ts'
import type { Computed, Context, Model, Rules } from '../engine/model.ts'
import type { Draft, Row } from '../engine/row.ts'
import type { Field } from '../engine/table-shape.ts'
import { choice, reference } from './fields.ts'
import { nameOf } from './rules.ts'

const MAC = 'dcim.macaddress'

const MODES: [string, string][] = [
  ['access', 'Access'],
  ['tagged', 'Tagged'],
  ['tagged-all', 'Tagged (All)'],
  ['q-in-q', 'Q-in-Q (802.1ad)']
]

/** What both kinds of interface share. `mac_address` is writable from 4.7 on; before, it is ignored. */
export const addressing: readonly Field[] = [
  { name: 'mac_address', kind: 'mac', nullable: true, writeOnly: true, since: 7 },
  reference('primary_mac_address', MAC, { onDelete: 'silent', unique: true }),
  choice('mode', MODES, { nullable: true }),
  reference('untagged_vlan', 'ipam.vlan'),
  { name: 'tagged_vlans', kind: 'many', to: 'ipam.vlan' },
  reference('qinq_svlan', 'ipam.vlan'),
  reference('vrf', 'ipam.vrf')
]

export function interfaceComputed(type: string): Computed[] {
  const assigned = (model: string, row: Row, { store }: Context) =>
    store.where(model, 'assigned_object', `${type}\u0000${row.id}`)
  return [
    {
      name: 'mac_address',
      value: (row, { context }) =>
        context.store.get(MAC, row.primary_mac_address)?.mac_address ?? null
    },
    {
      name: 'mac_addresses',
      value: (row, view) => assigned(MAC, row, view.context).map(({ id }) => view.nested(MAC, id))
    },
    {
      name: 'count_ipaddresses',
      value: (row, { context }) => assigned('ipam.ipaddress', row, context).length
    }
  ]
}

/** Parent, bridge and the MACs; the rules that both kinds of interface have. */
export function checkInterface(
  type: string,
  draft: Draft,
  before: Row | undefined,
  rules: Rules
): void {
  const { store } = rules
  if (draft.qinq_svlan !== null && draft.mode !== 'q-in-q') {
    addError(rules.errors, 'qinq_svlan', 'Only Q-in-Q interfaces may specify a service VLAN.')
    return
  }
  const mac = store.get(MAC, draft.primary_mac_address)
  if (!mac) return
  if (mac.assigned_object_id === null) {
    if (!before || rules.minor < 7) return
    throw broken('Only a MAC address assigned to this interface can be its primary MAC address.')
  }
  if (before && mac.assigned_object_type === type && mac.assigned_object_id === before.id) return
  const holder = nameOf(store.get(String(mac.assigned_object_type), mac.assigned_object_id))
  throw broken(`MAC address ${mac.mac_address} is assigned to a different interface (${holder}).`)
}

/** 4.7: the two ways to name the primary MAC must agree. */
export function checkMacInput(draft: Draft, before: Row | undefined, { store }: Rules): void {
  const wanted = draft.mac_address
  if (wanted === undefined) return
  if (wanted !== null && macFrom(wanted) === undefined) {
    throw invalid('mac_address', 'Enter a valid MAC address (e.g. 00:11:22:33:44:55).')
  }
  if (draft.primary_mac_address === (before?.primary_mac_address ?? null)) return
  const named = store.get(MAC, draft.primary_mac_address)?.mac_address ?? null
  if (named !== wanted) {
    throw broken("The provided 'mac_address' and 'primary_mac_address' values conflict.")
  }
}

/** VLANs that the mode does not carry are dropped without a word. */
export function dropVlans(draft: Draft, before: Row | undefined): void {
  if (draft.mode === null) draft.untagged_vlan = null
  // NetBox empties them when it saves, and only then sets what the request brought: this lasts until the next save.
  const isBrought = draft.tagged_vlans !== before?.tagged_vlans
  if (before && draft.mode !== 'tagged' && !isBrought) draft.tagged_vlans = []
}

/** Runs after an interface is stored: the primary MAC belongs to it from then on. */
export function settleMacs(
  model: Model['key'],
  row: Row,
  before: Row | undefined,
  context: Context
): void {
  const { store } = context
  const { mac_address: wanted, ...stored } = row
  if (wanted !== undefined) {
    store.put(model, stored)
    setPrimary(model, stored, wanted, context)
    return
  }
  const mac = store.get(MAC, row.primary_mac_address)
  if (!mac || mac.assigned_object_id !== null || before) return
  context.save(MAC, mac.id, { assigned_object_type: model, assigned_object_id: row.id })
}

function setPrimary(model: string, row: Row, wanted: unknown, context: Context): void {
  const { store } = context
  if (wanted === null) {
    if (row.primary_mac_address !== null) context.save(model, row.id, { primary_mac_address: null })
    return
  }
  const own = store.where(MAC, 'assigned_object', `${model}\u0000${row.id}`)
  const mac =
    own.find((one) => one.mac_address === wanted) ??
    context.save(MAC, null, {
      mac_address: wanted,
      assigned_object_type: model,
      assigned_object_id: row.id
    })
  if (row.primary_mac_address !== mac.id) {
    context.save(model, row.id, { primary_mac_address: mac.id })
  }
}
