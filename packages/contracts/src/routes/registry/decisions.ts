import Type from 'typebox'
import { DecisionRule } from '../../changes.ts'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'

export const decisionRoutes: readonly Route[] = [
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
  }
]
