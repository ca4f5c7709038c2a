import type { Conflict, DecisionRule } from '@proxbox/contracts'

/** What identifies a conflict, and so the Rule that answers it. */
export type ConflictPlace = Pick<Conflict, 'key' | 'field' | 'code'>

/** The Rule that answers a conflict; undefined while nobody has decided it. */
export type Decided = (place: ConflictPlace) => DecisionRule | undefined

const textOf = ({ key, field, code }: ConflictPlace): string => `${code}|${field ?? ''}|${key}`

/** Pure: an index over the stored decisions; of two about one conflict the later one counts. */
export function decidedBy(decisions: readonly DecisionRule[]): Decided {
  if (decisions.length === 0) return () => undefined
  const sorted = [...decisions].sort((a, b) => a.id - b.id)
  const index = new Map(sorted.map((rule) => [textOf(rule), rule]))
  return (place) => index.get(textOf(place))
}

/** Pure: how a decision is named as the reason for a value. */
export const ruleName = ({ id }: DecisionRule): string => `decision ${id}`
