import type { ClusterIdentity } from '@proxbox/contracts'
import type { Static } from 'typebox'
import type { ReadCluster } from './read-proxmox.ts'

/** A cluster as one Endpoint has shown it, with which one it is. */
export interface IdentifiedCluster extends ReadCluster {
  readonly identity: Static<typeof ClusterIdentity>
}
