/** What of one NetBox is read in key order, page by page. */
export interface KeyQuery {
  readonly netbox: string
  /** The last key of the page before. */
  readonly after?: string
  readonly limit?: number
}

/** Pure: where the next page begins; null after the last one. */
export const nextKey = (rows: readonly { readonly key: string }[], limit: number): string | null =>
  rows.length === limit ? (rows.at(-1)?.key ?? null) : null
