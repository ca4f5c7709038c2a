import type { GapList } from './gap-of.ts'
import type { Proxmox } from './open-proxmox.ts'
import type { Resources } from './parse-cluster.ts'
import { grantCommand, type HeldPrivileges, isHeldBelow, releaseOf } from './privileges.ts'

interface Facts {
  readonly version: string
  readonly resources: Resources
  readonly missingRows: number
  readonly held: HeldPrivileges | undefined
  readonly gaps: GapList
}

/** What is left out of a 200 for want of a privilege; a 403 speaks for itself. */
export function notePrivileges(proxmox: Proxmox, facts: Facts): void {
  const { version, resources, missingRows, held, gaps } = facts
  const { connection } = proxmox
  const holds = (path: string, ...privileges: string[]) =>
    held !== undefined && privileges.some((privilege) => isHeldBelow(held, path, privilege))
  const missing = (privilege: string, path: string) =>
    held === undefined
      ? {
          reason: 'partial' as const,
          detail: `Whether ${privilege} is held on all of ${path} is not known.`
        }
      : {
          reason: 'denied' as const,
          detail: `${privilege} is not held on all of ${path}: Proxmox leaves out the rest without a word.`,
          remedy: grantCommand(connection, { privilege, path })
        }
  if (resources.brokenStorages > 0) {
    const detail = `${resources.brokenStorages} rows of the list of resources have no usable form.`
    gaps.add({ scope: 'storages', facet: 'list', reason: 'nonsense', detail })
  }
  if (missingRows > 0) {
    const detail = `The list of resources lacks ${missingRows} rows of storages.`
    gaps.add({ scope: 'storages', facet: 'list', reason: 'partial', detail })
  }
  if (!holds('/storage', 'Datastore.Audit', 'Datastore.AllocateSpace')) {
    gaps.add({ scope: 'storages', facet: 'list', ...missing('Datastore.Audit', '/storage') })
  }
  const path = '/sdn/zones/localnetwork'
  // Bridges are filtered since 8: without the privilege they are not listed, or with nothing but their name.
  if (releaseOf(version) >= 8 && !holds(path, 'SDN.Audit', 'SDN.Use')) {
    gaps.add({ scope: 'nodes', facet: 'network', ...missing('SDN.Audit', path) })
  }
}
