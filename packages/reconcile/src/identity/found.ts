import type { CurrentItem, Fields, Item } from '@proxbox/contracts'
import { adoptDecision, adoptedBy, conflictOf, spoken } from './conflicts.ts'
import type { Matching } from './matching.ts'

export interface Found {
  readonly current: CurrentItem
  readonly by: string
  readonly origin?: 'created' | 'adopted'
  /** It is claimed by another Item, which gives it up. */
  readonly moved?: boolean
  /** What we wrote there under the other key. */
  readonly base?: Fields
  readonly decided?: Readonly<Record<string, string>>
}

export const free = (matching: Matching, all: readonly CurrentItem[]): readonly CurrentItem[] =>
  all.filter((one) => !matching.claimed.has(one.key))

/** Holds one Item back. */
export function hold(matching: Matching, item: Item, code: string, reason: string): undefined {
  matching.held.push({ item, code, reason })
  return undefined
}

const creatable = new Set<Item['kind']>(['vm', 'device', 'interface', 'vm-interface', 'disk'])

/** Several objects could be this Item: a conflict with all of them, unless a person said to make a new one. */
export function ambiguous(
  item: Item,
  matching: Matching,
  found: readonly CurrentItem[],
  reason = `NetBox has ${found.length} objects that could be this one: ${found.map(spoken).join(', ')}.`
): undefined {
  const rule = matching.decisions.of(item.key, null, 'ambiguous')
  if (rule?.decision === 'create') return undefined
  matching.conflicts.push(
    conflictOf(item, 'ambiguous', {
      detail: reason,
      proxmox: String(item.fields.name ?? item.fields.address ?? item.key),
      netbox: found.map(({ key }) => ({ ref: key })),
      decisions: [
        ...found.map(adoptDecision),
        ...(creatable.has(item.kind)
          ? [{ decision: 'create', does: 'A new object is made beside them.' }]
          : [])
      ]
    })
  )
  return hold(matching, item, 'ITEM_AMBIGUOUS', reason)
}

/** The object that a person has said this Item is, while nothing else claims it. */
export function byDecision(item: Item, matching: Matching): Found | undefined {
  for (const code of ['ambiguous', 'name-clash'] as const) {
    const rule = matching.decisions.of(item.key, null, code)
    const object = matching.object(adoptedBy(rule) ?? '')
    if (object?.kind === item.kind && !matching.claimed.has(object.key)) {
      return { current: object, by: 'decision' }
    }
  }
  return undefined
}
