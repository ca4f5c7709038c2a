import Type from 'typebox'
import { Conflict } from '../../changes.ts'
import { nullable } from '../../nullable.ts'
import type { Route } from '../route.ts'
import { internal } from './callers.ts'

export const ClusterEvidence = Type.Object({
  /** Identity of the NetBox whose decisions answer a contradiction; without it nothing is decided. */
  netbox: Type.Optional(Type.String()),
  proxmox_endpoint_id: Type.Integer(),
  name: Type.String(),
  mode: Type.Enum(['cluster', 'standalone']),
  version: Type.String(),
  ca_fingerprint: nullable(Type.String()),
  nodes: Type.Array(Type.Object({ name: Type.String(), ip: nullable(Type.String()) }))
})

export const ClusterIdentity = Type.Object({
  cluster_id: Type.String(),
  name: Type.String(),
  /** Node name → node id. */
  nodes: Type.Record(Type.String(), Type.String()),
  /** Endpoints that lead into this cluster, oldest first. */
  endpoints: Type.Array(Type.Integer()),
  /** Younger ids that have become one with this one. */
  merged: Type.Array(Type.String()),
  /** Set when the evidence contradicts what is stored: the cluster's Changes are held. */
  conflict: nullable(Type.String()),
  /** What a person is asked about it; null when nothing contradicts, or when they have decided to hold it. */
  question: nullable(Conflict)
})

/** What is in use: whatever is known of other clusters, Endpoints and NetBoxes is about nothing that is compared. */
export const InUse = Type.Object({
  /** Ids of clusters into which an enabled Endpoint leads. */
  clusters: Type.Array(Type.String()),
  /** Names of enabled Proxmox Endpoints. */
  endpoints: Type.Array(Type.String()),
  /** Ids that have become one with an older one: nothing is to be decided about them any more. */
  merged: Type.Array(Type.String()),
  /** Identities of the NetBoxes that an Endpoint is for, enabled or not. */
  netboxes: Type.Array(Type.String())
})

export const NetBoxIdentity = Type.Object({
  /** `b` + 8 characters: Ledger and lease belong to it. */
  netbox: Type.String(),
  /** Slug of the tag that carries it in NetBox. */
  tag: Type.String(),
  installation: Type.String(),
  /** Set when this NetBox is kept by another Endpoint or installation: who keeps it. */
  refused: nullable(Type.String()),
  /** What a person can do about it, with the commands; empty when nothing is refused. */
  remedy: Type.String()
})

export const identityRoutes: readonly Route[] = [
  {
    ...internal,
    callers: ['collector'],
    operationId: 'identifyCluster',
    method: 'POST',
    path: '/internal/identify-cluster/',
    summary: 'The stored identity of a cluster and its nodes; a new one at first contact',
    status: 200,
    body: ClusterEvidence,
    reply: ClusterIdentity
  },
  {
    ...internal,
    callers: ['inventory'],
    operationId: 'readInUse',
    method: 'GET',
    path: '/internal/in-use/',
    summary:
      'What is not released: enabled Proxmox Endpoints with their clusters, NetBoxes with an Endpoint',
    status: 200,
    reply: InUse
  },
  {
    ...internal,
    callers: ['collector', 'orchestrator'],
    operationId: 'identifyNetBox',
    method: 'POST',
    path: '/internal/identify-netbox/',
    summary: 'The identity of a NetBox. `found`: identity tags seen there; null = not looked',
    status: 200,
    body: Type.Object({
      netbox_endpoint_id: Type.Integer(),
      found: nullable(Type.Array(Type.String()))
    }),
    reply: NetBoxIdentity
  }
]
