import type { CurrentItem, FieldValue, Item } from '@proxbox/contracts'
import { inUnits } from '../desired/disks.ts'
import { ambiguous, type Found, free } from './found.ts'
import type { Matching } from './matching.ts'
import { refIn } from './natural.ts'

/** Disks of the VM that no Ledger knows. */
const strangersOf = (item: Item, matching: Matching): readonly CurrentItem[] =>
  free(
    matching,
    matching.childrenOf('disk', refIn(item.fields, 'virtual_machine', matching.resolve))
  )

type Sizes = (item: Item) => readonly (FieldValue | undefined)[]

/** Pure: the size as it would be written. */
const wantedSize: Sizes = ({ fields }) => [fields.size]

/** Pure: the size in either base: a person may have counted otherwise than `disk_base` says. */
const sizesIn =
  ({ bytesOf }: Matching): Sizes =>
  (item) => {
    const bytes = bytesOf(item.key)
    return bytes === undefined
      ? wantedSize(item)
      : [item.fields.size, inUnits(bytes, 1024), inUnits(bytes, 1000)]
  }

const equalTo = (sizes: readonly (FieldValue | undefined)[], all: readonly CurrentItem[]) =>
  all.filter(({ fields }) => sizes.includes(fields.size))

/** The only disk of one of these sizes, against the only one of ours that has any of them. */
function onlyOfSize(
  item: Item,
  { missing, matching, sizes }: { missing: readonly Item[]; matching: Matching; sizes: Sizes }
): Found | undefined {
  const equal = equalTo(sizes(item), strangersOf(item, matching))
  const [only] = equal
  if (equal.length !== 1 || only === undefined) return undefined
  const rivals = missing.filter((one) => sizes(one).includes(only.fields.size))
  return rivals.length === 1 ? { current: only, by: 'only-one' } : undefined
}

/** The only disk of equal size. */
export const bySize = (item: Item, matching: Matching, missing: readonly Item[]) =>
  onlyOfSize(item, { missing, matching, sizes: wantedSize })

/** The only disk of equal size, whatever a megabyte was to who entered it. */
export const bySizeInAnyBase = (item: Item, matching: Matching, missing: readonly Item[]) =>
  onlyOfSize(item, { missing, matching, sizes: sizesIn(matching) })

/** Beside disks of others none of ours is added. */
export function besideOthers(item: Item, matching: Matching): undefined {
  const strangers = strangersOf(item, matching)
  if (strangers.length === 0) return undefined
  const equal = equalTo(sizesIn(matching)(item), strangers)
  const reason = 'The VM has disks in NetBox that are not ours: ours are not added beside them.'
  return ambiguous(item, matching, equal.length > 0 ? equal : strangers, reason)
}
