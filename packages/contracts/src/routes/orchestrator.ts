import Type from 'typebox'
import { nullable } from '../nullable.ts'
import { LeaseState, Run, SyncRequest } from '../runs.ts'
import { syncTypes } from '../sync-types.ts'
import { apiPrefix, IdParams, listOf, listQuery, type Route, RunParams, texts } from './route.ts'

const orchestrator = {
  service: 'orchestrator',
  visibility: 'public',
  callers: ['gateway'],
  tag: 'runs'
} as const
const runPath = `${apiPrefix}/runs/:id/`

/** `virtual-machines` → `VirtualMachines` */
const pascal = (text: string): string =>
  text.replace(/(^|-)(\w)/g, (_, _dash: string, letter: string) => letter.toUpperCase())

const sync = (path: string, operationId: string, summary: string): Route => ({
  ...orchestrator,
  tag: 'sync',
  operationId,
  method: 'POST',
  path: `${apiPrefix}/sync/${path}/`,
  permission: 'netbox_proxbox.enqueue_proxbox_sync',
  summary,
  status: 202,
  query: SyncRequest,
  body: Type.Union([SyncRequest, Type.Null()]),
  reply: Type.Union([Run, Type.Array(Run)])
})

/** Pure: the operation that enqueues one sync type. */
export const syncOperation = (type: (typeof syncTypes)[number] | 'full-update'): string =>
  `sync${pascal(type)}`

const runAction = (
  operationId: string,
  path: string,
  permission: string,
  summary: string
): Route => ({
  ...orchestrator,
  operationId,
  method: 'POST',
  path,
  permission,
  summary,
  status: 202,
  params: RunParams,
  reply: Run
})

const keepaliveReply = Type.Object({
  status: Type.Enum(['success', 'error']),
  target_address: Type.String(),
  target_port: Type.Integer(),
  authentication: Type.Enum(['ok', 'failed', 'unknown']),
  api_access: Type.Enum(['ok', 'failed', 'unknown']),
  detail: Type.String(),
  http_status: nullable(Type.Integer())
})

/** One finding of an endpoint test: what is wrong, on which object, and the command that mends it. */
export const TestFinding = Type.Object({
  severity: Type.Enum(['ok', 'warning', 'error']),
  code: Type.String(),
  detail: Type.String(),
  remedy: Type.String()
})
const testReply = Type.Object({
  ...keepaliveReply.properties,
  version: nullable(Type.String()),
  fingerprint_sha256: nullable(Type.String()),
  /** The cluster's CA, once the fingerprint is trusted: leaf certificates renew, this stays. */
  ca_certificate: nullable(Type.String()),
  findings: Type.Array(TestFinding)
})
export const KeepaliveReply = keepaliveReply
export const TestReply = testReply

const probe = {
  service: 'collector',
  visibility: 'public',
  callers: ['gateway'],
  tag: 'keepalive',
  method: 'GET',
  params: IdParams,
  status: 200,
  timeoutMs: 30_000
} as const

export const orchestratorRoutes: readonly Route[] = [
  ...syncTypes.map((type) => sync(type, syncOperation(type), `Enqueue a Run of ${type}`)),
  sync(
    'full-update',
    syncOperation('full-update'),
    'Enqueue a Run of all sync types, or of those in sync_types'
  ),
  {
    ...orchestrator,
    callers: ['gateway'],
    operationId: 'listRuns',
    method: 'GET',
    path: `${apiPrefix}/runs/`,
    permission: 'netbox_proxbox.view_run',
    summary: 'List Runs, newest first',
    status: 200,
    query: listQuery({
      state: texts,
      group: Type.Optional(Type.String()),
      netbox_endpoint_id: Type.Optional(Type.Integer())
    }),
    reply: listOf(Run)
  },
  {
    ...orchestrator,
    operationId: 'readRun',
    method: 'GET',
    path: runPath,
    permission: 'netbox_proxbox.view_run',
    summary: 'Read a Run',
    status: 200,
    params: RunParams,
    reply: Run
  },
  runAction(
    'cancelRun',
    `${runPath}cancel/`,
    'core.delete_job',
    'Cancel a Run; reject one that awaits approval'
  ),
  runAction(
    'rerunRun',
    `${runPath}rerun/`,
    'netbox_proxbox.enqueue_proxbox_sync',
    'Enqueue the same Run again'
  ),
  runAction(
    'approveRun',
    `${runPath}approve/`,
    'netbox_proxbox.approve_run',
    'Write what a Run that awaits approval has planned: starts a Run of mode apply'
  ),
  {
    ...runAction(
      'undoRun',
      `${runPath}undo/`,
      'netbox_proxbox.undo_run',
      'Take back what a Run has written: starts a Run of mode undo; with `plan` it only shows what it would do'
    ),
    body: Type.Union([
      Type.Object({ plan: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      Type.Null()
    ])
  },
  runAction(
    'runJob',
    `${apiPrefix}/job/:id/run/`,
    'netbox_proxbox.enqueue_proxbox_sync',
    'Rerun, in the existing spelling'
  ),
  runAction(
    'cancelJob',
    `${apiPrefix}/job/:id/cancel/`,
    'core.delete_job',
    'Cancel, in the existing spelling'
  ),
  {
    service: 'orchestrator',
    visibility: 'internal',
    callers: ['collector'],
    operationId: 'renewLease',
    method: 'POST',
    path: '/internal/lease/',
    permission: null,
    tag: 'internal',
    summary: 'Renew the lease of a Run; 409 when it is lost',
    status: 200,
    body: Type.Object({ run_id: Type.String(), attempt: Type.Integer() }),
    reply: LeaseState
  },
  {
    service: 'orchestrator',
    visibility: 'internal',
    callers: ['inventory'],
    operationId: 'readKeptRuns',
    method: 'GET',
    path: '/internal/kept-runs/',
    permission: null,
    tag: 'internal',
    summary: 'Which of these Runs are still kept',
    status: 200,
    query: Type.Object({
      run_id: Type.Union([Type.Array(Type.String(), { maxItems: 100 }), Type.String()])
    }),
    reply: Type.Object({ kept: Type.Array(Type.String()) })
  },
  {
    ...probe,
    service: 'orchestrator',
    operationId: 'keepaliveFastAPI',
    path: `${apiPrefix}/keepalive/fastapi/:id/`,
    permission: 'netbox_proxbox.view_fastapiendpoint',
    summary: 'Does a sync backend answer?',
    reply: keepaliveReply
  }
]

export const collectorRoutes: readonly Route[] = [
  {
    ...probe,
    operationId: 'keepaliveProxmox',
    path: `${apiPrefix}/keepalive/proxmox/:id/`,
    permission: 'netbox_proxbox.view_proxmoxendpoint',
    summary: 'Does a Proxmox answer?',
    reply: keepaliveReply
  },
  {
    ...probe,
    operationId: 'keepaliveNetBox',
    path: `${apiPrefix}/keepalive/netbox/:id/`,
    permission: 'netbox_proxbox.view_netboxendpoint',
    summary: 'Does a NetBox answer?',
    reply: keepaliveReply
  },
  {
    ...probe,
    operationId: 'testProxmoxEndpoint',
    path: `${apiPrefix}/proxmox-endpoints/:id/test/`,
    permission: 'netbox_proxbox.view_proxmoxendpoint',
    summary: 'Test credential, certificate and privileges, and say how to mend what is missing',
    timeoutMs: 60_000,
    reply: testReply
  },
  {
    ...probe,
    operationId: 'testNetBoxEndpoint',
    path: `${apiPrefix}/netbox-endpoints/:id/test/`,
    permission: 'netbox_proxbox.view_netboxendpoint',
    summary: 'Test token, version and permissions, and say how to mend what is missing',
    timeoutMs: 60_000,
    reply: testReply
  }
]
