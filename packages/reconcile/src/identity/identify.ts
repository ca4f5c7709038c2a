import {
  type Adoption,
  type Change,
  type Conflict,
  type Item,
  isPart,
  type LedgerRow
} from '@proxbox/contracts'
import { desiredItems } from '../desired/desired-items.ts'
import { fullLabels } from '../full-label.ts'
import type { Desired, DesiredOptions } from '../options.ts'
import { comparedItems } from './compared-items.ts'
import { interfaceNamesIn } from './interface-names.ts'
import { namesIn } from './known-names.ts'
import { learnedEvidence } from './learned-evidence.ts'
import { type LineageInput, lineageOf } from './lineage.ts'
import { matchItems } from './match.ts'
import type { Matching } from './matching.ts'
import { mergedAdoptions } from './merged.ts'
import { withoutSpreadSites } from './spread-sites.ts'
import { yieldingIn, yields } from './yields.ts'

/** Which object is which, before anything is compared. */
export interface Identified<Input> {
  /** The facts with the Ledger under the keys that guests have now. */
  readonly input: Input
  readonly options: DesiredOptions
  readonly desired: Desired
  readonly matching: Matching
  /** The Items to compare. */
  readonly items: readonly Item[]
  /** What Items that are gone give to living ones. */
  readonly yields: readonly Change[]
  readonly conflicts: readonly Conflict[]
  /** All that the Ledger learns without a write, once per key. */
  adoptionsWith(compared: {
    readonly changes: readonly Change[]
    readonly adoptions: readonly Adoption[]
  }): readonly Adoption[]
}

/** What is desired, as it is compared: it may depend on the Ledger under the keys of now. */
export type Prepare = (desired: Desired, ledger: readonly LedgerRow[]) => Desired

/** Pure: guests by their lineage, names that are unique, and every desired Item with the object that it is. */
export function identify<Input extends LineageInput>(
  given: Input,
  prepared: Prepare
): Identified<Input> {
  const lineage = lineageOf(given)
  const { presence } = lineage
  const input = { ...given, ledger: lineage.ledger }
  const names = namesIn(input)
  const yielding = yieldingIn(input.ledger, input.current, { presence, edited: names.editedNames })
  const options = {
    ...names,
    interfaceNames: interfaceNamesIn(input, input.options),
    yieldingNames: yielding,
    ...input.options
  }
  const all = prepared(desiredItems(input.estate, options), input.ledger)
  const matching = matchItems({ ...input, desired: all.items, lineage })
  const placed = withoutSpreadSites(all.items, matching)
  const desired = { ...all, items: placed.items, notices: [...all.notices, ...placed.notices] }
  const items = comparedItems(desired.items, matching)
  const full = fullLabels(matching)
  const labelled = (conflict: Conflict): Conflict => {
    const known = matching.byKey.get(conflict.key)?.current
    if (known !== undefined && isPart(conflict.kind))
      return { ...conflict, label: matching.called(known) }
    return { ...conflict, label: full(conflict.key, conflict.label) ?? conflict.label }
  }
  return {
    input,
    options,
    desired,
    matching,
    items,
    yields: yields(
      {
        items,
        current: input.current,
        ledger: input.ledger,
        yielding,
        edited: names.editedNames
      },
      matching
    ),
    conflicts: matching.conflicts.map(labelled).sort((a, b) => (a.key < b.key ? -1 : 1)),
    adoptionsWith({ changes, adoptions }) {
      const told = new Set([...changes, ...adoptions].map(({ key }) => key))
      return mergedAdoptions([
        ...lineage.adoptions,
        ...movedObjects(matching),
        ...adoptions,
        ...learnedEvidence(desired.items, matching, told)
      ])
    }
  }
}

/** Pure: objects under the key that they have now, with what we wrote there under the other one. */
const movedObjects = (matching: Matching): readonly Adoption[] =>
  matching.moved.flatMap(({ to, object }): Adoption[] => {
    const known = matching.byKey.get(to)
    if (known === undefined || Object.keys(known.base).length === 0) return []
    return [
      {
        key: to,
        kind: object.kind,
        netbox_id: object.netbox_id,
        origin: known.origin,
        evidence_of_match: known.by,
        values: known.base,
        evidence: {},
        label: matching.called(object)
      }
    ]
  })
