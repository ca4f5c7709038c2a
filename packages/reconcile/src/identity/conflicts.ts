import type { Conflict, CurrentItem, DecisionRule, FieldValue, Item } from '@proxbox/contracts'

type Code = Conflict['code']

/** What people have decided, by Item, field and sort of conflict; the last word counts. */
export interface Decisions {
  of(key: string, field: string | null, code: Code): DecisionRule | undefined
}

const nameOf = (key: string, field: string | null, code: Code): string =>
  `${key}|${field ?? ''}|${code}`

/** Pure: the Rules, indexed. */
export function decisionsFrom(rules: readonly DecisionRule[]): Decisions {
  const known = new Map(
    [...rules]
      .sort((a, b) => a.id - b.id)
      .map((rule) => [nameOf(rule.key, rule.field, rule.code), rule])
  )
  return {
    of: (key, field, code) => (known.size === 0 ? undefined : known.get(nameOf(key, field, code)))
  }
}

/** Pure: how a decision is named as the reason for a value. */
export const ruleName = ({ id }: DecisionRule): string => `decision ${id}`

/** Pure: the NetBox key in a decision `adopt:vm/17`. */
export function adoptedBy(rule: DecisionRule | undefined): string | undefined {
  return rule?.decision.startsWith('adopt:')
    ? `netbox:${rule.decision.slice('adopt:'.length)}`
    : undefined
}

/** Pure: an object of NetBox for people: `web (vm 17)`. */
export const spoken = ({ label, kind, netbox_id }: CurrentItem): string =>
  `${label} (${kind} ${netbox_id})`

/** Pure: the decision that an Item is this object. */
export const adoptDecision = (object: CurrentItem) => ({
  decision: `adopt:${object.kind}/${object.netbox_id}`,
  does: `${spoken(object)} is this one: it is kept, and filled where it is empty.`
})

const labelOf = ({ fields, key }: Item): string => {
  const name = fields.name ?? fields.address ?? fields.mac_address
  return typeof name === 'string' ? name : key
}

interface Sides {
  readonly field?: string
  readonly detail: string
  readonly object?: CurrentItem
  readonly proxmox: FieldValue
  readonly netbox: FieldValue
  readonly decisions: Conflict['decisions']
}

/** Pure: a conflict about an Item, with both sides. */
export const conflictOf = (item: Item, code: Code, sides: Sides): Conflict => ({
  key: item.key,
  kind: item.kind,
  label: labelOf(item),
  field: sides.field ?? null,
  code,
  detail: sides.detail,
  netbox_id: sides.object?.netbox_id ?? null,
  proxmox: sides.proxmox,
  netbox: sides.netbox,
  decisions: sides.decisions
})
