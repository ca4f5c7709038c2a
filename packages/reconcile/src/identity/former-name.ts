import { type CurrentItem, type LedgerRow, netboxKey } from '@proxbox/contracts'
import { vmidOf } from './gone.ts'
import type { Matching } from './matching.ts'
import { refIn, textOf } from './natural.ts'

type Known = Pick<Matching, 'rows' | 'desired' | 'object'>

const label = 'cf.proxmox_cluster'
const node = 'cf.proxmox_node'
const itself = (ref: string): string => ref

/** Pure: does any other Item of this kind go by this text in these fields, in the Ledger or now? */
function isAnothers(
  row: LedgerRow,
  { rows, desired }: Known,
  fields: readonly string[],
  texts: readonly string[]
): boolean {
  const others = [
    ...[...rows.values()].map(({ key, kind, last_written: told }) => ({ key, kind, told })),
    ...[...desired.values()].map(({ key, kind, fields: told }) => ({ key, kind, told }))
  ].filter(({ key, kind }) => kind === row.kind && key !== row.key)
  return others.some(({ told }) => fields.some((field) => texts.includes(textOf(told, field))))
}

/** Pure: does the object of this row still say itself which guest or node it is? */
function saysWho(row: LedgerRow, { fields }: CurrentItem): boolean {
  if (row.kind === 'vm') return textOf(fields, 'cf.proxmox_vm_id') === vmidOf(row.key)
  return textOf(fields, node) !== '' && textOf(fields, node) === textOf(row.last_written, node)
}

/**
 * Pure: is it our cluster under a name that the Ledger knows no more? A NetBox that was restored from before a rename has
 * it. Most of what the Ledger keeps in the cluster lies in it then, and no other cluster goes by that name.
 */
export function isFormerCluster(row: LedgerRow, current: CurrentItem, known: Known): boolean {
  const texts = ['name', label].map((field) => textOf(current.fields, field)).filter(Boolean)
  if (texts.length === 0 || isAnothers(row, known, ['name', label], texts)) return false
  const members = [...known.rows.values()].filter(
    ({ kind, last_written }) =>
      (kind === 'vm' || kind === 'device') && refIn(last_written, 'cluster', itself) === row.key
  )
  const found = members.flatMap((member) => {
    const object = known.object(netboxKey(member.kind, member.netbox_id))
    return object === undefined ? [] : [saysWho(member, object) && isIn(object, current)]
  })
  return found.filter(Boolean).length * 2 > found.length
}

const isIn = ({ fields }: CurrentItem, cluster: CurrentItem): boolean =>
  refIn(fields, 'cluster', itself) === cluster.key

/** Pure: is it our node under a name that the Ledger knows no more? Whoever asks knows that it lies in our cluster. */
export function isFormerNode(row: LedgerRow, current: CurrentItem, known: Known): boolean {
  const text = textOf(current.fields, node)
  return text !== '' && !isAnothers(row, known, [node], [text])
}
