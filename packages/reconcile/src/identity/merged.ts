import type { Adoption, Change } from '@proxbox/contracts'

/** Pure: several Changes of one object as one; later ones win field by field. */
export function mergedChanges(changes: readonly Change[]): readonly Change[] {
  const byKey = new Map<string, Change>()
  for (const change of changes) {
    const known = byKey.get(change.key)
    const isPair = known?.action === 'update' && change.action === 'update'
    if (known !== undefined && !isPair) {
      if (change.action === 'delete') byKey.set(change.key, change)
      continue
    }
    byKey.set(change.key, {
      ...known,
      ...change,
      before: { ...known?.before, ...change.before },
      after: { ...known?.after, ...change.after },
      why: { ...known?.why, ...change.why }
    })
  }
  return [...byKey.values()]
}

/** Pure: what the Ledger learns of one object as one; later facts win. */
export function mergedAdoptions(adoptions: readonly Adoption[]): readonly Adoption[] {
  const byKey = new Map<string, Adoption>()
  for (const one of adoptions) {
    const known = byKey.get(one.key)
    const merged = {
      ...known,
      ...one,
      values: { ...known?.values, ...one.values },
      evidence: { ...known?.evidence, ...one.evidence },
      ...(known === undefined ? {} : { evidence_of_match: known.evidence_of_match })
    }
    byKey.set(one.key, merged)
  }
  return [...byKey.values()]
}
