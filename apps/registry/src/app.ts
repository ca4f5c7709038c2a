import { fileURLToPath } from 'node:url'
import type { ClusterEvidence, Settings } from '@proxbox/contracts'
import { type Database, migrate, openDatabase, startOutbox } from '@proxbox/database'
import {
  handler,
  registerRoutes,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts
} from '@proxbox/service-kit'
import type { Static } from 'typebox'
import { Config } from './config.ts'
import { outbox } from './db/schema.ts'
import { endpointHandlers } from './endpoints/routes.ts'
import { openEndpointStore } from './endpoints/store.ts'
import { identifyCluster } from './identities/clusters.ts'
import { readInUse } from './identities/in-use.ts'
import { identifyNetBox } from './identities/netboxes.ts'
import { type NewDecision, readDecisions, storeDecision } from './rules/decisions.ts'
import { openVault, type Vault } from './secrets/vault.ts'
import { openInstallation } from './settings/installation.ts'
import { readSettings, updateSettings } from './settings/settings.ts'
import { authenticate, ensureAdministrator } from './users/tokens.ts'

/** Endpoints, identities, settings and users: wiring and nothing else. */
export const registry: ServiceDefinition<typeof Config> = {
  name: 'registry',
  config: Config,
  open: buildApp
}

async function buildApp({ config, bus, app, log }: ServiceContext<Config>): Promise<ServiceParts> {
  const database = await openDatabase({
    url: config.DATABASE_URL,
    applicationName: 'proxbox-registry',
    schema: 'registry',
    log
  })
  const vault = openVault(Buffer.from(config.PROXBOX_ENCRYPTION_KEY, 'base64'))
  const installation = await prepare(database, vault, config).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const events = startOutbox({
    database,
    table: outbox,
    log,
    publish: async (row) => {
      await bus.publish('endpoints', row.parameters, row.payload, { messageId: row.messageId })
    }
  })
  const stores = {
    proxmox: openEndpointStore(database, 'proxmox', events.wake),
    netbox: openEndpointStore(database, 'netbox', events.wake),
    fastapi: openEndpointStore(database, 'fastapi', events.wake)
  }
  registerRoutes(app, 'registry', {
    ...endpointHandlers(stores, vault, {
      installation,
      builtIn: { url: config.PROXBOX_COLLECTOR_URL, token: config.PROXBOX_BACKEND_TOKEN }
    }),
    readSettings: () => readSettings(database),
    updateSettings: handler<unknown, unknown, Partial<Settings>>(({ body }) =>
      updateSettings(database, body)
    ),
    authenticate: handler<unknown, unknown, { token: string }>(({ body }) =>
      authenticate(database, body.token, new Date())
    ),
    identifyCluster: handler<unknown, unknown, Static<typeof ClusterEvidence>>(({ body }) =>
      identifyCluster(database, body)
    ),
    readInUse: () => readInUse(database),
    identifyNetBox: handler<
      unknown,
      unknown,
      { netbox_endpoint_id: number; found: string[] | null }
    >(({ body }) => identifyNetBox(database, installation, body)),
    storeDecision: handler<unknown, unknown, NewDecision>(({ body }) =>
      storeDecision(database, body)
    ),
    readDecisions: handler<unknown, { netbox: string }>(({ query }) =>
      readDecisions(database, query.netbox)
    )
  })
  return {
    checks: { database: () => database.ping() },
    close: async () => {
      await events.stop()
      await database.close()
    }
  }
}

/** Brings the database up to this program and says which installation it belongs to. */
async function prepare(database: Database, vault: Vault, config: Config): Promise<string> {
  const folder = fileURLToPath(new URL('./db/migrations', import.meta.url))
  await migrate(database, { folder, name: 'registry' })
  const installation = await openInstallation(database, vault)
  if (config.PROXBOX_ADMIN_TOKEN !== undefined)
    await ensureAdministrator(database, config.PROXBOX_ADMIN_TOKEN)
  return installation
}
