import Type from 'typebox'
import { apiPrefix, ListQuery, listOf, type Route, RunParams } from './route.ts'

const gateway = {
  service: 'gateway',
  visibility: 'public',
  callers: [],
  method: 'GET',
  status: 200
} as const

/** Operations that the gateway answers itself. */
export const gatewayRoutes: readonly Route[] = [
  {
    ...gateway,
    operationId: 'readApiRoot',
    path: '/api/',
    permission: null,
    tag: 'api',
    summary: 'The roots of the API',
    reply: Type.Record(Type.String(), Type.String())
  },
  {
    ...gateway,
    operationId: 'readPluginRoot',
    path: `${apiPrefix}/`,
    permission: null,
    tag: 'api',
    summary: 'The resources',
    reply: Type.Record(Type.String(), Type.String())
  },
  {
    ...gateway,
    operationId: 'readStatus',
    path: '/api/status/',
    permission: null,
    tag: 'api',
    summary: 'Version and state of the services',
    reply: Type.Unknown()
  },
  {
    ...gateway,
    operationId: 'checkAuthentication',
    path: '/api/authentication-check/',
    permission: null,
    tag: 'api',
    summary: 'Whose token this is',
    reply: Type.Unknown()
  },
  {
    ...gateway,
    operationId: 'listRunFrames',
    path: `${apiPrefix}/runs/:id/frames/`,
    permission: 'netbox_proxbox.view_run',
    tag: 'runs',
    summary: 'The stored Frames of a Run',
    params: RunParams,
    query: ListQuery,
    reply: listOf(Type.Unknown())
  },
  {
    ...gateway,
    operationId: 'followRun',
    path: `${apiPrefix}/runs/:id/events/`,
    permission: 'netbox_proxbox.view_run',
    tag: 'runs',
    summary: 'The Frames of a Run as server-sent events; Last-Event-ID resumes',
    params: RunParams,
    query: Type.Object({ last_event_id: Type.Optional(Type.String({ maxLength: 60 })) }),
    reply: Type.Unknown()
  },
  {
    ...gateway,
    operationId: 'followEvents',
    path: `${apiPrefix}/events/`,
    permission: 'netbox_proxbox.view_run',
    tag: 'runs',
    summary: 'The Frames of all Runs from now on as server-sent events; Last-Event-ID resumes',
    query: Type.Object({ last_event_id: Type.Optional(Type.String({ maxLength: 60 })) }),
    reply: Type.Unknown()
  }
]
