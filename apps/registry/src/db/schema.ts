import type { DecisionRule, Policy } from '@proxbox/contracts'
import {
  boolean,
  index,
  integer,
  jsonb,
  outboxTable,
  pgSchema,
  serial,
  text,
  timestamp,
  uniqueIndex
} from '@proxbox/database'

export const registrySchema = pgSchema('registry')
const table = registrySchema.table

const moment = () => timestamp({ withTimezone: true, mode: 'date' }).notNull().defaultNow()
const record = { id: serial().primaryKey(), created: moment(), lastUpdated: moment() }
const address = { name: text().notNull(), domain: text().notNull().default(''), ipAddress: text() }
const reachability = { reachable: boolean(), reachabilityDetail: text().notNull().default('') }

/** Columns that end in `Sealed` hold ciphertext (AES-256-GCM) and never leave this service in the open. */
export const proxmoxEndpoints = table(
  'proxmox_endpoint',
  {
    ...record,
    ...address,
    ...reachability,
    port: integer().notNull().default(8006),
    mode: text(),
    version: text(),
    username: text().notNull().default('root@pam'),
    passwordSealed: text(),
    tokenName: text().notNull().default(''),
    tokenValueSealed: text(),
    verifySsl: boolean().notNull().default(true),
    caCertificate: text().notNull().default(''),
    fingerprintSha256: text().notNull().default(''),
    enabled: boolean().notNull().default(true),
    site: text(),
    tenant: text(),
    netboxCluster: text(),
    notes: boolean().notNull().default(true),
    linkBase: text(),
    timeout: integer().notNull().default(30),
    fetchMaxConcurrency: integer()
  },
  (t) => [uniqueIndex('proxmox_endpoint_name').on(t.name)]
)

export const netboxEndpoints = table(
  'netbox_endpoint',
  {
    ...record,
    ...address,
    ...reachability,
    port: integer().notNull().default(443),
    useHttps: boolean().notNull().default(true),
    verifySsl: boolean().notNull().default(true),
    caCertificate: text().notNull().default(''),
    fingerprintSha256: text().notNull().default(''),
    tokenVersion: text().notNull().default('v1'),
    tokenKey: text().notNull().default(''),
    /** The v1 token or the v2 secret. */
    tokenSealed: text(),
    timeout: integer().notNull().default(60),
    enabled: boolean().notNull().default(true),
    writeMode: text().notNull().default('plan'),
    ramBase: integer().notNull().default(1024),
    diskBase: integer().notNull().default(1024),
    primaryIpPolicy: text().notNull().default('when-unset'),
    primaryIpSubnet: text(),
    pinToNode: boolean().notNull().default(true),
    missingPolicy: text().notNull().default('keep'),
    rebuiltPolicy: text().notNull().default('hold'),
    createDefaultSite: boolean().notNull().default(false),
    vlanCreate: boolean().notNull().default(false),
    platformCreate: boolean().notNull().default(false),
    /** By `kind.field`, where it is not as by default. */
    policies: jsonb().$type<Record<string, Policy>>().notNull().default({}),
    writeTimeout: integer().notNull().default(130),
    /** `b` + 8 characters: whose Ledger and lease; Endpoints that are the same server share it. */
    identity: text().notNull(),
    /** True once the identity was seen as a tag in that NetBox. */
    identitySeen: boolean().notNull().default(false),
    /** Identity tags that were there at the last look. */
    foundTags: jsonb().$type<string[]>().notNull().default([]),
    /** Identity tags that a person has decided not to mind. */
    ignoredTags: jsonb().$type<string[]>().notNull().default([])
  },
  (t) => [
    uniqueIndex('netbox_endpoint_name').on(t.name),
    index('netbox_endpoint_identity').on(t.identity)
  ]
)

export const fastapiEndpoints = table(
  'fastapi_endpoint',
  {
    ...record,
    ...address,
    ...reachability,
    port: integer().notNull().default(8800),
    useHttps: boolean().notNull().default(false),
    verifySsl: boolean().notNull().default(true),
    tokenSealed: text(),
    websocketDomain: text().notNull().default(''),
    websocketPort: integer().notNull().default(8800),
    useWebsocket: boolean().notNull().default(true),
    enabled: boolean().notNull().default(true),
    builtIn: boolean().notNull().default(false)
  },
  (t) => [uniqueIndex('fastapi_endpoint_name').on(t.name)]
)

/** A cluster's identity with the evidence by which it is recognised. */
export const clusters = table(
  'cluster',
  {
    clusterId: text().primaryKey(),
    name: text().notNull(),
    mode: text().notNull(),
    caFingerprint: text(),
    /** The older id of the same cluster: this one is nothing's any more. */
    mergedInto: text(),
    created: moment(),
    lastUpdated: moment()
  },
  (t) => [uniqueIndex('cluster_ca').on(t.caFingerprint)]
)

export const clusterEndpoints = table('cluster_endpoint', {
  proxmoxEndpointId: integer()
    .primaryKey()
    .references(() => proxmoxEndpoints.id, { onDelete: 'cascade' }),
  clusterId: text()
    .notNull()
    .references(() => clusters.clusterId),
  /** When what it shows last fitted; decisions about a contradiction that are older have had their time. */
  fitted: moment(),
  /** The cluster that it left by a decision for one that may be the same; null: for none such. */
  leftCluster: text().references(() => clusters.clusterId),
  leftAt: timestamp({ withTimezone: true, mode: 'date' }),
  /** The decision about `leftCluster` that takes this back, when it is younger than `leftAt`. */
  takenBackBy: text()
})

export const nodes = table(
  'node',
  {
    nodeId: text().primaryKey(),
    clusterId: text()
      .notNull()
      .references(() => clusters.clusterId),
    name: text().notNull(),
    ip: text(),
    lastUpdated: moment()
  },
  (t) => [uniqueIndex('node_name').on(t.clusterId, t.name)]
)

/** What people have ruled. A decision answers one conflict of one NetBox; an empty `field` means the object as a whole. */
export const rules = table(
  'rule',
  {
    id: serial().primaryKey(),
    type: text().$type<'decision'>().notNull(),
    netbox: text().notNull(),
    key: text().notNull(),
    field: text().notNull(),
    code: text().$type<DecisionRule['code']>().notNull(),
    decision: text().notNull(),
    user: text().notNull(),
    created: moment()
  },
  (t) => [uniqueIndex('rule_decision').on(t.netbox, t.key, t.field, t.code)]
)

/** One row. */
export const installation = table('installation', {
  id: integer().primaryKey().default(1),
  installationId: text().notNull(),
  /** A text sealed with the encryption key: proves at the next start that the key is still the same. */
  keyProof: text().notNull(),
  settings: jsonb().notNull().default({})
})

export const users = table(
  'user',
  {
    ...record,
    name: text().notNull(),
    superuser: boolean().notNull().default(false),
    active: boolean().notNull().default(true),
    permissions: jsonb().$type<string[]>().notNull().default([])
  },
  (t) => [uniqueIndex('user_name').on(t.name)]
)

/** API tokens by their SHA-256: the token itself (≥ 160 random bits) is not stored. */
export const tokens = table(
  'token',
  {
    ...record,
    userId: integer()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    digest: text().notNull(),
    description: text().notNull().default(''),
    writeEnabled: boolean().notNull().default(true),
    expires: timestamp({ withTimezone: true, mode: 'date' })
  },
  (t) => [uniqueIndex('token_digest').on(t.digest), index('token_user').on(t.userId)]
)

export const outbox = outboxTable(registrySchema)
