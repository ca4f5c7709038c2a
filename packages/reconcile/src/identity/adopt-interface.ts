import type { CurrentItem, Item } from '@proxbox/contracts'
import { guestOf, nodeOf } from '../key-of.ts'
import { ambiguous, type Found, free } from './found.ts'
import type { Matching } from './matching.ts'
import { refIn, textOf } from './natural.ts'

/** What an interface hangs on, as NetBox key. */
const holderOf = (item: Item, { resolve }: Matching): string =>
  refIn(item.fields, item.kind === 'interface' ? 'device' : 'virtual_machine', resolve)

const macIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1).toLowerCase()

/** Pure: the names under which a person may know an interface: the wanted one, netN, the guest's own. */
const namesFor = ({ key, fields, evidence }: Item): readonly string[] => [
  String(fields.name ?? ''),
  key.slice(key.lastIndexOf('/') + 1),
  evidence?.guest_name ?? ''
]

/** Pure: the one of that name; names that differ in case alone are two to NetBox. */
function called(name: string, all: readonly CurrentItem[]): CurrentItem | undefined {
  const alike = all.filter((one) => textOf(one.fields, 'name') === name.trim().toLowerCase())
  return alike.length === 1 ? alike[0] : alike.find(({ fields }) => fields.name === name.trim())
}

function byAnyName(item: Item, all: readonly CurrentItem[]): Found | undefined {
  for (const name of namesFor(item)) {
    const current = name === '' ? undefined : called(name, all)
    if (current !== undefined) return { current, by: 'name' }
  }
  return undefined
}

/** The interface that has the NIC's MAC; of several (a bond with its members) the one of its name, else a person says which. */
export function byMac(item: Item, matching: Matching): Found | undefined {
  const mac = macIn(refIn(item.fields, 'primary_mac_address', (ref) => ref))
  if (mac === '') return undefined
  const siblings = free(matching, matching.childrenOf(item.kind, holderOf(item, matching)))
  const same = siblings.filter((one) =>
    matching
      .childrenOf('mac-address', one.key)
      .some(({ fields }) => textOf(fields, 'mac_address') === mac)
  )
  const [only] = same
  if (same.length === 1 && only !== undefined) return { current: only, by: 'mac' }
  if (same.length === 0) return undefined
  return byAnyName(item, same) ?? ambiguous(item, matching, same)
}

/** The interface of one of its names, whichever of them the settings would write. */
export const byInterfaceName = (item: Item, matching: Matching): Found | undefined =>
  byAnyName(item, free(matching, matching.childrenOf(item.kind, holderOf(item, matching))))

/** The only interface of a guest in NetBox, against its only NIC. */
export function onlyInterface(
  item: Item,
  matching: Matching,
  missing: readonly Item[]
): Found | undefined {
  const siblings = matching.childrenOf(item.kind, holderOf(item, matching))
  const wanted = missing.filter((one) => guestOf(one.key) === guestOf(item.key))
  const alone = siblings.length === 1 && wanted.length === 1 ? siblings[0] : undefined
  return alone === undefined || matching.claimed.has(alone.key)
    ? undefined
    : { current: alone, by: 'only-one' }
}

const wireless = /^(ieee802\.|gsm|cdma|lte|4g|5g|other-wireless)/

/**
 * Pure: port, bridge or bond, as NetBox's type tells; undefined for forms of which one says nothing about another: a
 * virtual interface may be a VLAN, a loopback, a tunnel.
 */
function formOf({ type }: Item['fields']): 'bridge' | 'lag' | 'port' | undefined {
  if (typeof type !== 'string' || type === '' || type === 'virtual') return undefined
  if (type === 'bridge' || type === 'lag') return type
  return wireless.test(type) ? undefined : 'port'
}

/**
 * The only port, bridge or bond of a device in NetBox against the node's only one of that form: a node's interfaces have
 * no MAC to tell them by. A port for management alone is none that the node itself sees.
 */
export function onlyOfItsForm(
  item: Item,
  matching: Matching,
  missing: readonly Item[]
): Found | undefined {
  const form = formOf(item.fields)
  if (form === undefined) return undefined
  const isOfForm = (one: Pick<Item, 'fields'>) => formOf(one.fields) === form
  const all = matching.childrenOf('interface', holderOf(item, matching))
  const siblings = all.filter((one) => isOfForm(one) && one.fields.mgmt_only !== true)
  const own = missing.filter((one) => nodeOf(one.key) === nodeOf(item.key) && isOfForm(one))
  const [alone] = siblings
  if (siblings.length !== 1 || own.length !== 1 || alone === undefined) return undefined
  const isKnown = all.some(({ key }) => {
    const known = matching.desired.get(matching.claimed.get(key) ?? '')
    return known !== undefined && isOfForm(known)
  })
  return isKnown || matching.claimed.has(alone.key) ? undefined : { current: alone, by: 'only-one' }
}
