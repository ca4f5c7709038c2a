import Type, { type TProperties, type TSchema } from 'typebox'
import { DecisionRule } from '../changes.ts'
import {
  FastAPIEndpoint,
  fastapiEndpointWrite,
  NetBoxConnection,
  NetBoxEndpoint,
  netboxEndpointWrite,
  ProxmoxConnection,
  ProxmoxEndpoint,
  proxmoxEndpointWrite,
  Settings,
  SettingsWrite
} from '../endpoints.ts'
import { Principal } from '../principal.ts'
import { apiPrefix, IdParams, ListQuery, listOf, Nothing, type Route } from './route.ts'

const registry = { service: 'registry', visibility: 'public', callers: ['gateway'] } as const
const internal = {
  service: 'registry',
  visibility: 'internal',
  permission: null,
  tag: 'internal'
} as const

interface Resource {
  readonly plural: string
  readonly singular: string
  readonly collection: string
  readonly model: string
  readonly record: TSchema
  readonly write: TProperties
  readonly secrets: readonly string[]
}

const resources = [
  {
    plural: 'ProxmoxEndpoints',
    singular: 'ProxmoxEndpoint',
    collection: 'proxmox-endpoints',
    model: 'proxmoxendpoint',
    record: ProxmoxEndpoint,
    write: proxmoxEndpointWrite,
    secrets: ['password', 'token_name', 'token_value']
  },
  {
    plural: 'NetBoxEndpoints',
    singular: 'NetBoxEndpoint',
    collection: 'netbox-endpoints',
    model: 'netboxendpoint',
    record: NetBoxEndpoint,
    write: netboxEndpointWrite,
    secrets: ['token', 'token_secret']
  },
  {
    plural: 'FastAPIEndpoints',
    singular: 'FastAPIEndpoint',
    collection: 'fastapi-endpoints',
    model: 'fastapiendpoint',
    record: FastAPIEndpoint,
    write: fastapiEndpointWrite,
    secrets: ['token']
  }
] as const satisfies readonly Resource[]

/** list, create, read, update, replace, remove of one kind of Endpoint; lists are also called by the orchestrator. */
function crud(resource: Resource): Route[] {
  const { plural, singular, collection, model, record, write } = resource
  const list = `${apiPrefix}/${collection}/`
  const detail = `${list}:id/`
  const body = Type.Object(write, { additionalProperties: false })
  const partial = Type.Partial(body, { additionalProperties: false })
  const base = { ...registry, tag: collection } as const
  const secrets = { body: resource.secrets }
  return [
    {
      ...base,
      callers: ['gateway', 'orchestrator', 'collector'],
      operationId: `list${plural}`,
      method: 'GET',
      path: list,
      permission: `netbox_proxbox.view_${model}`,
      summary: `List ${collection}`,
      status: 200,
      query: ListQuery,
      reply: listOf(record)
    },
    {
      ...base,
      operationId: `create${singular}`,
      method: 'POST',
      path: list,
      permission: `netbox_proxbox.add_${model}`,
      summary: `Create a ${singular}`,
      status: 201,
      body,
      reply: record,
      secrets
    },
    {
      ...base,
      callers: ['gateway', 'orchestrator', 'collector'],
      operationId: `read${singular}`,
      method: 'GET',
      path: detail,
      permission: `netbox_proxbox.view_${model}`,
      summary: `Read a ${singular}`,
      status: 200,
      params: IdParams,
      reply: record
    },
    {
      ...base,
      operationId: `update${singular}`,
      method: 'PATCH',
      path: detail,
      permission: `netbox_proxbox.change_${model}`,
      summary: `Change a ${singular}`,
      status: 200,
      params: IdParams,
      body: partial,
      reply: record,
      secrets
    },
    {
      ...base,
      operationId: `replace${singular}`,
      method: 'PUT',
      path: detail,
      permission: `netbox_proxbox.change_${model}`,
      summary: `Replace a ${singular}`,
      status: 200,
      params: IdParams,
      body,
      reply: record,
      secrets
    },
    {
      ...base,
      operationId: `delete${singular}`,
      method: 'DELETE',
      path: detail,
      permission: `netbox_proxbox.delete_${model}`,
      summary: `Remove a ${singular}; nothing is deleted in NetBox`,
      status: 204,
      params: IdParams,
      reply: Nothing
    }
  ]
}

export const ClusterEvidence = Type.Object({
  proxmox_endpoint_id: Type.Integer(),
  name: Type.String(),
  mode: Type.Enum(['cluster', 'standalone']),
  version: Type.String(),
  ca_fingerprint: Type.Union([Type.String(), Type.Null()]),
  nodes: Type.Array(
    Type.Object({ name: Type.String(), ip: Type.Union([Type.String(), Type.Null()]) })
  )
})
export const ClusterIdentity = Type.Object({
  cluster_id: Type.String(),
  name: Type.String(),
  /** Node name → node id. */
  nodes: Type.Record(Type.String(), Type.String()),
  /** Endpoints that lead into this cluster, oldest first. */
  endpoints: Type.Array(Type.Integer()),
  /** Set when the evidence contradicts what is stored: the cluster's Changes are held. */
  conflict: Type.Union([Type.String(), Type.Null()])
})
export const NetBoxIdentity = Type.Object({
  /** `b` + 8 characters: Ledger and lease belong to it. */
  netbox: Type.String(),
  /** Slug of the tag that carries it in NetBox. */
  tag: Type.String(),
  installation: Type.String(),
  /** Set when this NetBox is kept by another Endpoint or installation: who keeps it. */
  refused: Type.Union([Type.String(), Type.Null()]),
  /** What a person can do about it, with the commands; empty when nothing is refused. */
  remedy: Type.String()
})

export const registryRoutes: readonly Route[] = [
  ...resources.flatMap(crud),
  {
    ...registry,
    callers: ['gateway', 'orchestrator', 'collector', 'inventory'],
    operationId: 'readSettings',
    method: 'GET',
    path: `${apiPrefix}/settings/`,
    permission: 'netbox_proxbox.view_proxboxpluginsettings',
    tag: 'settings',
    summary: 'Read the settings',
    status: 200,
    reply: Settings
  },
  {
    ...registry,
    operationId: 'updateSettings',
    method: 'PATCH',
    path: `${apiPrefix}/settings/`,
    permission: 'netbox_proxbox.change_proxboxpluginsettings',
    tag: 'settings',
    summary: 'Change settings',
    status: 200,
    body: SettingsWrite,
    reply: Settings
  },
  {
    ...registry,
    operationId: 'takeOverNetBox',
    method: 'POST',
    path: `${apiPrefix}/netbox-endpoints/:id/take-over/`,
    permission: 'netbox_proxbox.change_netboxendpoint',
    tag: 'netbox-endpoints',
    summary:
      'Answer whose a NetBox is that carries another identity: the same server as another Endpoint, a copy with an empty Ledger, or taken over from another installation',
    status: 200,
    params: IdParams,
    body: Type.Object(
      { decision: Type.Enum(['same', 'copy', 'take-over']) },
      { additionalProperties: false }
    ),
    reply: NetBoxEndpoint
  },
  {
    ...internal,
    callers: ['inventory'],
    operationId: 'storeDecision',
    method: 'POST',
    path: '/internal/decisions/',
    summary: 'A decided conflict becomes a Rule; a later decision replaces an earlier one',
    status: 200,
    body: Type.Object({
      netbox: Type.String(),
      ...Type.Omit(DecisionRule, ['id', 'created']).properties
    }),
    reply: DecisionRule
  },
  {
    ...internal,
    callers: ['collector'],
    operationId: 'readDecisions',
    method: 'GET',
    path: '/internal/decisions/',
    summary: 'Rules that answer conflicts of one NetBox',
    status: 200,
    query: Type.Object({ netbox: Type.String() }),
    reply: Type.Object({ results: Type.Array(DecisionRule) })
  },
  {
    ...internal,
    callers: ['gateway'],
    operationId: 'authenticate',
    method: 'POST',
    path: '/internal/authenticate/',
    summary: 'Who a token belongs to; 401 when nobody',
    status: 200,
    body: Type.Object({ token: Type.String() }),
    reply: Principal,
    secrets: { body: ['token'] }
  },
  {
    ...internal,
    callers: ['collector'],
    operationId: 'readProxmoxConnections',
    method: 'POST',
    path: '/internal/proxmox-connections/',
    summary: 'Addresses and credentials of Proxmox Endpoints; an empty list means all enabled ones',
    status: 200,
    body: Type.Object({ ids: Type.Array(Type.Integer()) }),
    reply: Type.Object({ results: Type.Array(ProxmoxConnection) }),
    secrets: { reply: ['results.*.password', 'results.*.token_value'] }
  },
  {
    ...internal,
    callers: ['collector'],
    operationId: 'readNetBoxConnection',
    method: 'POST',
    path: '/internal/netbox-connection/',
    summary: 'Address and credential of one NetBox Endpoint',
    status: 200,
    body: Type.Object({ id: Type.Integer() }),
    reply: NetBoxConnection,
    secrets: { reply: ['token'] }
  },
  {
    ...internal,
    callers: ['orchestrator'],
    operationId: 'readBackendConnection',
    method: 'POST',
    path: '/internal/backend-connection/',
    summary: 'Address and token of a FastAPI Endpoint; built_in is our collector',
    status: 200,
    body: Type.Object({ id: Type.Union([Type.Integer(), Type.Null()]) }),
    reply: Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      base_url: Type.String(),
      token: Type.String(),
      verify_ssl: Type.Boolean(),
      built_in: Type.Boolean()
    }),
    secrets: { reply: ['token'] }
  },
  {
    ...internal,
    callers: ['collector'],
    operationId: 'identifyCluster',
    method: 'POST',
    path: '/internal/identify-cluster/',
    summary: 'The stored identity of a cluster and its nodes; a new one at first contact',
    status: 200,
    body: ClusterEvidence,
    reply: ClusterIdentity
  },
  {
    ...internal,
    callers: ['collector', 'orchestrator'],
    operationId: 'identifyNetBox',
    method: 'POST',
    path: '/internal/identify-netbox/',
    summary: 'The identity of a NetBox. `found`: identity tags seen there; null = not looked',
    status: 200,
    body: Type.Object({
      netbox_endpoint_id: Type.Integer(),
      found: Type.Union([Type.Array(Type.String()), Type.Null()])
    }),
    reply: NetBoxIdentity
  },
  {
    ...internal,
    callers: ['collector', 'orchestrator'],
    operationId: 'reportReachability',
    method: 'POST',
    path: '/internal/reachability/',
    summary: 'An Endpoint answered, or did not; the registry publishes the change',
    status: 200,
    body: Type.Object({
      kind: Type.Enum(['proxmox', 'netbox', 'fastapi']),
      id: Type.Integer(),
      reachable: Type.Boolean(),
      detail: Type.String({ maxLength: 600 })
    }),
    reply: Type.Object({ changed: Type.Boolean() })
  }
]
