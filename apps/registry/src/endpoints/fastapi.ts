import { type FastAPIEndpoint, fastapiEndpointWrite } from '@proxbox/contracts'
import type { fastapiEndpoints } from '../db/schema.ts'
import { sealedOrNull, type Vault } from '../secrets/vault.ts'
import { baseUrlOf, checkAddress } from './address.ts'
import { columnsFrom } from './columns.ts'
import { type Links, recordOf } from './record-of.ts'

export type FastAPIRow = typeof fastapiEndpoints.$inferSelect
type Columns = Partial<typeof fastapiEndpoints.$inferInsert>

const purpose = 'fastapi.token'
const plain = Object.keys(fastapiEndpointWrite).filter((name) => name !== 'token')
const defaults = { domain: '', ipAddress: null }

/** Pure: the columns that a validated body changes. @throws FieldErrors for an incomplete address. */
export function fastapiColumns(
  body: Readonly<Record<string, unknown>>,
  stored: FastAPIRow | undefined,
  vault: Vault
): Columns {
  const columns = columnsFrom(body, plain) as Columns // names of the write schema, which the table's columns mirror
  if (body.token !== undefined) columns.tokenSealed = sealedOrNull(vault, body.token, purpose)
  checkAddress({ ...defaults, ...stored, ...columns })
  return columns
}

/** Pure: what an answer shows. */
export function fastapiWire(row: FastAPIRow, links: Links): FastAPIEndpoint {
  return {
    ...recordOf(row, links),
    use_https: row.useHttps,
    verify_ssl: row.verifySsl,
    has_token: row.builtIn || row.tokenSealed !== null,
    websocket_domain: row.websocketDomain,
    websocket_port: row.websocketPort,
    use_websocket: row.useWebsocket,
    enabled: row.enabled,
    built_in: row.builtIn
  }
}

export interface BuiltInBackend {
  readonly url: string
  readonly token: string
}

/** Address and token of a backend, for the orchestrator alone; the built-in one comes from the environment. */
export function backendConnection(row: FastAPIRow, builtIn: BuiltInBackend, vault: Vault) {
  const facts = { id: row.id, name: row.name, verify_ssl: row.verifySsl, built_in: row.builtIn }
  if (row.builtIn) return { ...facts, base_url: builtIn.url, token: builtIn.token }
  const token = row.tokenSealed === null ? '' : vault.open(row.tokenSealed, purpose)
  return { ...facts, base_url: baseUrlOf(row), token }
}
