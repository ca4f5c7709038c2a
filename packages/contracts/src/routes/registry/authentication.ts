import Type from 'typebox'
import { Principal } from '../../principal.ts'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'

export const authenticationRoutes: readonly Route[] = [
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
  }
]
