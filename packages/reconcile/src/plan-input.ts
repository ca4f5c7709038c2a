import type {
  CurrentItem,
  DecisionRule,
  Estate,
  Fates,
  HolderCounts,
  Intent,
  LedgerRow,
  Quarantined
} from '@proxbox/contracts'
import type { DesiredOptions } from './options.ts'

/** Everything that a Plan is made of. */
export interface PlanInput {
  readonly estate: Estate
  readonly options: DesiredOptions
  /** Whole tables of the kinds of `kindsFor`. */
  readonly current: readonly CurrentItem[]
  readonly ledger: readonly LedgerRow[]
  readonly intents: readonly Intent[]
  /** What NetBox has refused, and until when it is not sent again. */
  readonly quarantine: readonly Quarantined[]
  /** Rules by which a person has answered conflicts. */
  readonly decisions: readonly DecisionRule[]
  /** What hangs on objects that would go, in words by NetBox key: asked for `leavingObjects` of a first Plan. */
  readonly attached?: ReadonlyMap<string, string>
  /** What NetBox counts at holders of objects that were not read: asked for `whatToAsk` of a first Plan. */
  readonly counts?: HolderCounts
  /** What NetBox's changelog tells of objects that were not read: asked for `whatToAsk` of a first Plan. */
  readonly fates?: Fates
}
