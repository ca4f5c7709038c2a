import type { Adoption, Change } from '@proxbox/contracts'

/** Pure: several Changes of one object as one; later ones win field by field. */
export function mergedChanges(changes: readonly Change[]): readonly Change[] {
  const byKey = new Map<string, Change>()
  for (const change of changes) {
    const known = byKey.get(change.key)
    if (known === undefined || change.action === 'delete') byKey.set(change.key, change)
    else if (known.action === 'update' && change.action === 'update') {
      byKey.set(change.key, {
        ...known,
        ...change,
        before: { ...known.before, ...change.before },
        after: { ...known.after, ...change.after },
        why: { ...known.why, ...change.why }
      })
    }
  }
  return [...byKey.values()]
}

/** Pure: what the Ledger learns of one object as one; later facts win. */
export function mergedAdoptions(adoptions: readonly Adoption[]): readonly Adoption[] {
  const byKey = new Map<string, Adoption>()
  for (const one of adoptions) {
    const known = byKey.get(one.key)
    byKey.set(
      one.key,
      known === undefined
        ? one
        : {
            ...known,
            ...one,
            values: { ...known.values, ...one.values },
            evidence: { ...known.evidence, ...one.evidence },
            evidence_of_match: known.evidence_of_match
          }
    )
  }
  return [...byKey.values()]
}
