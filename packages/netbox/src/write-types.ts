import type { Fields, KindName } from '@proxbox/contracts'

/** One object to write. Every Ref in `fields` is `netbox:{kind}/{id}`; only what is in `fields` is sent. */
export interface WriteEntry {
  readonly key: string
  /** Null on create. */
  readonly netboxId: number | null
  readonly fields: Fields
  /** For people. */
  readonly label: string
  /** NetBox ≥ 4.7 makes this MAC, and makes it primary, with the interface. Not looked at on older ones. */
  readonly mac?: { readonly key: string; readonly address: string }
}

export interface WriteBatch {
  readonly kind: KindName
  readonly action: 'create' | 'update' | 'delete'
  readonly entries: readonly WriteEntry[]
}

export type WriteResult =
  | {
      readonly key: string
      readonly state: 'done'
      readonly netboxId: number
      /** As NetBox answered, decoded like a CurrentItem; empty after a delete. */
      readonly stored: Fields
      readonly mac?: { readonly key: string; readonly netboxId: number }
    }
  /** `detail` in NetBox's own words. */
  | { readonly key: string; readonly state: 'refused'; readonly detail: string }
