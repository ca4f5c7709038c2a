/** Where an Endpoint is found. */
export interface Links {
  readonly url: string
  readonly display_url: string
}

interface Row {
  readonly id: number
  readonly name: string
  readonly domain: string
  readonly ipAddress: string | null
  readonly port: number
  readonly created: Date
  readonly lastUpdated: Date
}

/** Pure: what an answer shows of an Endpoint of any kind. */
export const recordOf = (row: Row, links: Links) => ({
  id: row.id,
  ...links,
  display: row.name,
  name: row.name,
  domain: row.domain,
  ip_address: row.ipAddress,
  port: row.port,
  created: row.created.toISOString(),
  last_updated: row.lastUpdated.toISOString()
})
