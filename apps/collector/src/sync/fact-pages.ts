import { factLimits } from '@proxbox/contracts'

/** Pure: rows in pages of at most 500 rows and 256 KiB; one row that is larger stands alone. */
export function pagesOf<T>(rows: readonly T[]): T[][] {
  const pages: T[][] = []
  let bytes = 0
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row)) + 1
    const page = pages.at(-1)
    if (page === undefined || page.length >= factLimits.rows || bytes + size > factLimits.bytes) {
      pages.push([row])
      bytes = size
    } else {
      page.push(row)
      bytes += size
    }
  }
  return pages
}
