import Type from 'typebox'
import { SeenAddress, SeenAddresses } from '../../seen-address.ts'
import type { Route } from '../route.ts'
import { internal, keyPage, keyPageOf, writer } from './callers.ts'

const { begun, ended } = SeenAddresses.properties

export const seenAddressRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'readSeenAddresses',
    method: 'GET',
    path: '/internal/seen-addresses/',
    summary: 'Since when Runs have seen addresses that one NetBox does not have',
    query: keyPage(5000),
    reply: keyPageOf(SeenAddress)
  },
  {
    ...internal,
    operationId: 'recordSeenAddresses',
    method: 'POST',
    path: '/internal/seen-addresses/',
    summary: 'Addresses that a Run has seen first, and keys of those that are told no more',
    body: Type.Object({
      ...writer,
      begun: Type.Array(begun.items, { maxItems: 500 }),
      ended: Type.Array(ended.items, { maxItems: 500 })
    }),
    reply: Type.Object({ begun: Type.Integer(), ended: Type.Integer() })
  }
]
