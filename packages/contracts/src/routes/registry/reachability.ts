import Type from 'typebox'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'

export const reachabilityRoutes: readonly Route[] = [
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
