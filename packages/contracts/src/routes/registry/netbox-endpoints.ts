import Type from 'typebox'
import { NetBoxConnection, NetBoxEndpoint, netboxEndpointWrite } from '../../endpoints.ts'
import { apiPrefix, IdParams, type Route } from '../route.ts'
import { internal, registry } from './callers.ts'
import { endpointCrud } from './endpoint-crud.ts'

export const netboxEndpointRoutes: readonly Route[] = [
  ...endpointCrud({
    plural: 'NetBoxEndpoints',
    singular: 'NetBoxEndpoint',
    collection: 'netbox-endpoints',
    model: 'netboxendpoint',
    record: NetBoxEndpoint,
    write: netboxEndpointWrite,
    secrets: ['token', 'token_secret']
  }),
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
    callers: ['collector'],
    operationId: 'readNetBoxConnection',
    method: 'POST',
    path: '/internal/netbox-connection/',
    summary: 'Address and credential of one NetBox Endpoint',
    status: 200,
    body: Type.Object({ id: Type.Integer() }),
    reply: NetBoxConnection,
    secrets: { reply: ['token'] }
  }
]
