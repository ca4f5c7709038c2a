import type { Adoption, Item } from '@proxbox/contracts'
import type { Matching } from './matching.ts'

/**
 * Pure: facts that identify an Item and differ from the Ledger's, where no Change tells them: recorded without a write.
 * What was not read is absent, and stays as the Ledger has it.
 */
export const learnedEvidence = (
  items: readonly Item[],
  matching: Matching,
  told: ReadonlySet<string>
): readonly Adoption[] =>
  items.flatMap((item): Adoption[] => {
    const { key, kind, evidence } = item
    const matched = matching.byKey.get(key)
    const row = matching.rows.get(key)
    if (evidence === undefined || matched === undefined || row === undefined || told.has(key))
      return []
    const isKnown = Object.entries(evidence).every(([fact, value]) => row.evidence[fact] === value)
    return isKnown
      ? []
      : [
          {
            key,
            kind,
            netbox_id: matched.current.netbox_id,
            origin: matched.origin,
            evidence_of_match: matched.by,
            values: {},
            evidence,
            label: matching.called(matched.current)
          }
        ]
  })
