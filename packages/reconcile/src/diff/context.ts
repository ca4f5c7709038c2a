import type { CurrentItem, FieldValue } from '@proxbox/contracts'
import { type FullLabels, fullLabels } from '../full-label.ts'
import type { Decisions } from '../identity/conflicts.ts'
import type { Matching } from '../identity/matching.ts'
import type { Resolve } from '../identity/natural.ts'
import type { DesiredOptions } from '../options.ts'
import { type FieldRule, fieldRules } from './field-rules.ts'

/** What every comparison needs to know beyond its Item. */
export interface DiffContext {
  readonly resolve: Resolve
  /** NetBox key → our key, where we have one. */
  readonly ours: (ref: string) => string
  /** The object that a key of ours or NetBox's stands for, as NetBox has it now. */
  readonly at: (ref: string) => CurrentItem | undefined
  readonly options: DesiredOptions
  readonly ruleOf: FieldRule
  readonly decisions: Decisions
  /** What a part is called before anything is written. */
  readonly full: FullLabels
  /** Models that this Run gives to definitions of custom fields, by their key. */
  readonly widened?: ReadonlyMap<string, readonly FieldValue[]>
}

/** Pure: the context of one Run. */
export const diffContext = (
  options: DesiredOptions,
  decisions: Decisions,
  matching: Pick<Matching, 'resolve' | 'byKey' | 'claimed' | 'object' | 'desired'>
): DiffContext => ({
  resolve: matching.resolve,
  ours: (ref) => matching.claimed.get(ref) ?? ref,
  at: (ref) => matching.object(matching.resolve(ref)),
  options,
  ruleOf: fieldRules(options.endpoint.policies),
  decisions,
  full: fullLabels(matching)
})
