import Type from 'typebox'
import { ProxmoxConnection, ProxmoxEndpoint, proxmoxEndpointWrite } from '../../endpoints.ts'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'
import { endpointCrud } from './endpoint-crud.ts'

export const proxmoxEndpointRoutes: readonly Route[] = [
  ...endpointCrud({
    plural: 'ProxmoxEndpoints',
    singular: 'ProxmoxEndpoint',
    collection: 'proxmox-endpoints',
    model: 'proxmoxendpoint',
    record: ProxmoxEndpoint,
    write: proxmoxEndpointWrite,
    secrets: ['password', 'token_name', 'token_value']
  }),
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
  }
]
