import type { Adoption, Change, Intent, LedgerRow } from '@proxbox/contracts'

/** What the inventory keeps: the Ledger, and writes whose outcome is not recorded. */
export class Inventory {
  readonly ledger = new Map<string, LedgerRow>()
  readonly intents = new Map<string, Intent>()

  copy(): Inventory {
    const copy = new Inventory()
    for (const [key, row] of this.ledger) copy.ledger.set(key, row)
    for (const [key, intent] of this.intents) copy.intents.set(key, intent)
    return copy
  }

  announce(changes: readonly Change[]): void {
    for (const { key, kind, action, netbox_id, before, after } of changes) {
      this.intents.set(key, { key, kind, action, netbox_id, before, values: after })
    }
  }

  adopt(adoptions: readonly Adoption[]): void {
    for (const { key, kind, netbox_id, origin, values, evidence } of adoptions) {
      this.put({ key, kind, netbox_id, origin, values, evidence })
    }
  }

  record(change: Change, netboxId: number): void {
    const { key, kind, origin, evidence = {} } = change
    if (change.action === 'delete') {
      this.ledger.delete(key)
      this.intents.delete(key)
    } else this.put({ key, kind, netbox_id: netboxId, origin, values: change.after, evidence })
  }

  private put(
    row: Omit<LedgerRow, 'last_written' | 'first_missing_at'> & Pick<Adoption, 'values'>
  ) {
    const { values, ...rest } = row
    const known = this.ledger.get(row.key)
    this.intents.delete(row.key)
    this.ledger.set(row.key, {
      ...rest,
      last_written: { ...known?.last_written, ...values },
      evidence: { ...known?.evidence, ...row.evidence },
      first_missing_at: null
    })
  }
}
