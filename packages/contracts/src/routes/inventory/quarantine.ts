import Type from 'typebox'
import { Quarantined } from '../../changes.ts'
import { apiPrefix, IdParams, type Route } from '../route.ts'
import { decided, internal, keyPage, keyPageOf, writer } from './callers.ts'

export const quarantineRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'readQuarantine',
    method: 'GET',
    path: '/internal/quarantine/',
    summary: 'What one NetBox has refused, and until when it is not sent again',
    query: keyPage(5000),
    reply: keyPageOf(Quarantined)
  },
  {
    ...internal,
    operationId: 'recordUnwanted',
    method: 'POST',
    path: '/internal/unwanted/',
    summary:
      'Keys that a Run which has compared everything wants no more: refused creates of them leave quarantine',
    body: Type.Object({
      ...writer,
      keys: Type.Array(Type.String({ maxLength: 400 }), { maxItems: 500 })
    }),
    reply: Type.Object({ released: Type.Integer() })
  },
  {
    ...decided,
    operationId: 'releaseItem',
    path: `${apiPrefix}/items/:id/release/`,
    permission: 'netbox_proxbox.change_item',
    summary: 'Release an Item from quarantine: the next Run sends it again',
    params: IdParams,
    reply: Type.Unknown()
  }
]
