import { type CurrentItem, type Fields, kinds, type LedgerRow } from '@proxbox/contracts'
import { hostOf } from '../canonical.ts'
import { clusterKey, clusterOf, interfaceOf } from '../key-of.ts'
import { interimName } from '../order/interim-name.ts'
import { isFormerCluster, isFormerNode } from './former-name.ts'
import { vmidOf } from './gone.ts'
import type { Matching } from './matching.ts'
import { refIn, textOf } from './natural.ts'

const same = (a: string, b: string) => a === '' || b === '' || a === b

interface Known {
  readonly row: LedgerRow
  readonly current: CurrentItem
  readonly wanted: Fields
  readonly matching: Pick<
    Matching,
    | 'resolve'
    | 'claimed'
    | 'former'
    | 'object'
    | 'isDisputed'
    | 'desiredKeys'
    | 'desired'
    | 'rows'
    | 'childrenOf'
  >
}

const equal = ({ row, wanted, current }: Known, field: string): boolean =>
  [row.last_written, wanted].some(
    (fields) =>
      textOf(fields, field) !== '' && textOf(fields, field) === textOf(current.fields, field)
  )

/** Pure: is it in the cluster of the key, by our custom field or by NetBox's own? */
function inCluster(known: Known): boolean {
  const { row, current, wanted, matching } = known
  if (equal(known, 'cf.proxmox_cluster')) return true
  const at = refIn(current.fields, 'cluster', matching.resolve)
  if (at === '') return textOf(current.fields, 'cf.proxmox_cluster') === ''
  const own = clusterOf(row.key)
  const wants = refIn({ ...wanted, ...row.last_written }, 'cluster', matching.resolve)
  return at === (own === undefined ? wants : matching.resolve(clusterKey(own))) || at === wants
}

/** Pure: does it hang on something that is known as another key's? Of two rows about one object the one is right that tells where it is. */
function hangsElsewhere({ row, current, matching }: Known): boolean {
  const at = refIn(current.fields, 'assigned_object', (ref) => ref)
  const holder = matching.claimed.get(at)
  if (matching.isDisputed(current.key)) return holder !== interfaceOf(row.key)
  if (holder === undefined) return false
  return clusterOf(holder) !== clusterOf(interfaceOf(row.key) ?? '')
}

function isGuest(known: Known): boolean {
  const vmid = textOf(known.current.fields, 'cf.proxmox_vm_id')
  const { row, matching } = known
  const keys = [row.key, matching.former.get(row.key) ?? row.key]
  const isNamed = vmid === '' ? equal(known, 'name') : keys.some((key) => vmidOf(key) === vmid)
  return isNamed && inCluster(known)
}

const isNode = (known: Known): boolean =>
  equal(known, 'name') ||
  equal(known, 'cf.proxmox_node') ||
  isFormerNode(known.row, known.current, known.matching)

/** Pure: does the object under the Ledger's id still carry our key? A restored NetBox gives ids again. */
export function carriesKey(
  row: LedgerRow,
  current: CurrentItem,
  wanted: Fields,
  matching: Known['matching']
): boolean {
  const known = { row, current, wanted, matching }
  const parent = kinds[row.kind].parent
  switch (row.kind) {
    case 'vm':
      return isGuest(known)
    case 'device':
      return isNode(known) && inCluster(known)
    case 'cluster':
      return (
        equal(known, 'name') ||
        equal(known, 'cf.proxmox_cluster') ||
        isFormerCluster(row, current, matching)
      )
    case 'mac-address':
      return (
        row.key.toLowerCase().endsWith(`/${textOf(current.fields, 'mac_address')}`) &&
        !hangsElsewhere(known)
      )
    case 'ip-address':
      return (
        row.key.endsWith(`/${hostOf(textOf(current.fields, 'address'))}`) && !hangsElsewhere(known)
      )
    default: {
      if (parent === undefined)
        return ['slug', 'name', 'model', 'vid'].some((one) => equal(known, one))
      const ours = { ...wanted, ...row.last_written }
      const isThere = same(
        refIn(ours, parent, matching.resolve),
        refIn(current.fields, parent, matching.resolve)
      )
      return isThere && isPart(known)
    }
  }
}

const macIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1).toLowerCase()

/** Pure: our names and MACs of a part, by the Ledger and by Proxmox. */
const oursOf = ({ row, wanted }: Known) => {
  const told = (text: (fields: Fields) => string) =>
    [row.last_written, wanted].map(text).filter((one) => one !== '')
  return {
    names: told((fields) => textOf(fields, 'name')),
    macs: told((fields) => macIn(refIn(fields, 'primary_mac_address', (ref) => ref)))
  }
}

/** Pure: is it what another key of the same parent is called, and that one's object? */
function isAnothers({ row, current, matching }: Known): boolean {
  const place = row.key.slice(0, row.key.lastIndexOf('/') + 1)
  const other = `${place}${String(current.fields.name)}`
  const known = matching.rows.get(other)
  return (
    matching.desiredKeys.has(other) ||
    (known !== undefined && known.netbox_id !== current.netbox_id)
  )
}

/**
 * Pure: is it the same part of its parent: by name, else by what a person does not change when renaming it? One that was
 * there before us may have neither our name nor our MAC: it is this one while nothing else of its parent has them.
 */
function isPart(known: Known): boolean {
  const { row, current, matching } = known
  if (equal(known, 'name')) return true
  // A Run that ended between two renames has left it so.
  if (textOf(current.fields, 'name') === interimName(row.kind, row.netbox_id)) return true
  if (row.kind === 'disk' && (equal(known, 'size') || equal(known, 'description'))) return true
  const { names, macs } = oursOf(known)
  const macOf = ({ fields }: CurrentItem): string => {
    const at = matching.object(refIn(fields, 'primary_mac_address', (ref) => ref))
    return at === undefined ? '' : textOf(at.fields, 'mac_address')
  }
  if (macs.includes(macOf(current))) return true
  if (isAnothers(known)) return false
  const parent = refIn(current.fields, kinds[row.kind].parent ?? '', (ref) => ref)
  return !matching
    .childrenOf(row.kind, parent)
    .some(
      (one) =>
        one.key !== current.key &&
        (names.includes(textOf(one.fields, 'name')) || macs.includes(macOf(one)))
    )
}
