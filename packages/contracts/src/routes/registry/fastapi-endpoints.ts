import Type from 'typebox'
import { FastAPIEndpoint, fastapiEndpointWrite } from '../../endpoints.ts'
import { nullable } from '../../nullable.ts'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'
import { endpointCrud } from './endpoint-crud.ts'

export const fastapiEndpointRoutes: readonly Route[] = [
  ...endpointCrud({
    plural: 'FastAPIEndpoints',
    singular: 'FastAPIEndpoint',
    collection: 'fastapi-endpoints',
    model: 'fastapiendpoint',
    record: FastAPIEndpoint,
    write: fastapiEndpointWrite,
    secrets: ['token']
  }),
  {
    ...internal,
    callers: ['orchestrator'],
    operationId: 'readBackendConnection',
    method: 'POST',
    path: '/internal/backend-connection/',
    summary: 'Address and token of a FastAPI Endpoint; built_in is our collector',
    status: 200,
    body: Type.Object({ id: nullable(Type.Integer()) }),
    reply: Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      base_url: Type.String(),
      token: Type.String(),
      verify_ssl: Type.Boolean(),
      built_in: Type.Boolean()
    }),
    secrets: { reply: ['token'] }
  }
]
