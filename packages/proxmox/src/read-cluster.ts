import { failureFrom } from './failure.ts'
import { createGapList, type GapList, type GapScope } from './gap-of.ts'
import type { Proxmox } from './open-proxmox.ts'
import {
  type Membership,
  membershipFrom,
  type Resources,
  resourcesFrom,
  tagColorsFrom
} from './parse-cluster.ts'
import { grantCommand, type HeldPrivileges, isHeldBelow, releaseOf } from './privileges.ts'
import { getOrFail, isReadFailure, type Reading } from './reading.ts'
import { decode } from './wire/decode.ts'
import { Permissions, Version } from './wire/schemas.ts'

/** The part of a cluster that its guests and nodes are read by. */
export interface ClusterFrame {
  readonly version: string
  readonly membership: Membership
  readonly resources: Resources
  /** Undefined: the own permissions could not be read. */
  readonly held: HeldPrivileges | undefined
  readonly tagColors: Record<string, string>
  readonly guestListWhole: boolean
  /** The node that answers; calls without a node are work of it. */
  readonly entryNode: string
  readonly gaps: GapList
}

/**
 * Reads what no node has to be asked for: five requests. Without version and resources there is nothing to read.
 *
 * @throws ProxboxError PROXMOX_*
 */
export async function readCluster(reading: Reading): Promise<ClusterFrame> {
  const { proxmox } = reading
  const gaps = createGapList(proxmox.connection)
  const entry = { node: '', cost: 'plain' } as const
  const timeoutMs = proxmox.connection.timeout * 1000
  // Alone and first: a refused credential or certificate is told once, not three times over.
  const versionData = await getOrFail(reading, entry, '/version', { timeoutMs })
  const version = decodedOrFail(proxmox, '/version', () =>
    decode(Version, versionData, 'the version')
  ).version
  const orGap = readerInto(gaps)
  const [held, status, resourceData, tagColors] = await Promise.all([
    orGap({ scope: 'cluster', facet: 'permissions' }, async () =>
      decode(Permissions, await reading.get(entry, '/access/permissions', {}), 'the permissions')
    ),
    orGap({ scope: 'cluster', facet: 'status' }, async () =>
      membershipFrom(await reading.get({ node: '', cost: 'daemon' }, '/cluster/status', {}))
    ),
    getOrFail(reading, entry, '/cluster/resources'),
    orGap({ scope: 'cluster', facet: 'options' }, async () =>
      tagColorsFrom(await reading.get(entry, '/cluster/options', {}))
    )
  ])
  const resources = decodedOrFail(proxmox, '/cluster/resources', () => resourcesFrom(resourceData))
  const membership = status ?? guessedMembership(proxmox, resources)
  const frame = { version, membership, resources, held, gaps }
  const guestListWhole = noteGuestList(proxmox, frame) && status !== undefined
  notePrivileges(proxmox, frame)
  const local = membership.members.find((member) => member.isLocal) ?? membership.members[0]
  return { ...frame, tagColors: tagColors ?? {}, guestListWhole, entryNode: local?.name ?? '' }
}

/** Reads a part; a failure becomes a gap and undefined. */
export function readerInto(gaps: GapList) {
  return async <T>(scope: GapScope, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!isReadFailure(error)) throw error
      gaps.addFailure(scope, error)
      return undefined
    }
  }
}

function decodedOrFail<T>(proxmox: Proxmox, path: string, decoded: () => T): T {
  try {
    return decoded()
  } catch (error) {
    throw failureFrom(error, proxmox.connection, path)
  }
}

/** Without the cluster status neither name nor quorum is known: nothing counts as whole then. */
function guessedMembership(proxmox: Proxmox, { nodes }: Resources): Membership {
  const members = nodes.map(({ name, online }) => ({ name, online, isLocal: false }))
  const [only] = members
  const isAlone = members.length === 1 && only !== undefined
  return {
    name: isAlone ? only.name : proxmox.connection.name,
    mode: isAlone ? 'standalone' : 'cluster',
    quorate: false,
    members: members.sort((a, b) => a.name.localeCompare(b.name))
  }
}

type Frame = Pick<ClusterFrame, 'version' | 'membership' | 'resources' | 'held' | 'gaps'>

/** Whether the list of guests is all of it; says why not. */
function noteGuestList(proxmox: Proxmox, { membership, resources, held, gaps }: Frame): boolean {
  const scope = { scope: 'guests', facet: 'list' } as const
  if (!membership.quorate && membership.mode === 'cluster') {
    gaps.add({
      ...{ scope: 'cluster', facet: 'status', reason: 'no-quorum' },
      detail: 'The cluster has no quorum as this node sees it: what it tells may be old.',
      remedy: 'Run "pvecm status" on the nodes and bring back the missing ones.'
    })
  }
  if (held !== undefined && !isHeldBelow(held, '/vms', 'VM.Audit')) {
    gaps.add({
      ...scope,
      reason: 'denied',
      detail:
        'VM.Audit is not held on all of /vms: Proxmox leaves out the other guests without a word.',
      remedy: grantCommand(proxmox.connection, { privilege: 'VM.Audit', path: '/vms' })
    })
    return false
  }
  if (resources.brokenGuests > 0) {
    const detail = `${resources.brokenGuests} rows of the guest list have no usable form.`
    gaps.add({ ...scope, reason: 'nonsense', detail })
    return false
  }
  if (resources.nodes.length === 0) {
    // Nodes are listed whatever is held, so a list without any is not the list.
    gaps.add({ ...scope, reason: 'empty', detail: 'The list of resources is empty.' })
    return false
  }
  if (held === undefined) {
    const detail = 'Whether VM.Audit is held is not known, so the list may lack guests.'
    gaps.add({ ...scope, reason: 'partial', detail })
  }
  return held !== undefined && membership.quorate
}

/** What is left out of a 200 for want of a privilege; a 403 speaks for itself. */
function notePrivileges(proxmox: Proxmox, { version, held, gaps }: Frame): void {
  if (held === undefined) return
  const { connection } = proxmox
  const holds = (path: string, ...privileges: string[]) =>
    privileges.some((privilege) => isHeldBelow(held, path, privilege))
  if (!holds('/storage', 'Datastore.Audit', 'Datastore.AllocateSpace')) {
    gaps.add({
      ...{ scope: 'storages', facet: 'list', reason: 'denied' },
      detail:
        'Datastore.Audit is not held on all of /storage: Proxmox leaves out the other storages.',
      remedy: grantCommand(connection, { privilege: 'Datastore.Audit', path: '/storage' })
    })
  }
  const path = '/sdn/zones/localnetwork'
  if (releaseOf(version) >= 8 && !holds(path, 'SDN.Audit', 'SDN.Use')) {
    gaps.add({
      ...{ scope: 'nodes', facet: 'network', reason: 'partial' },
      detail: `SDN.Audit is not held on ${path}: Proxmox leaves out the bridges of the nodes.`,
      remedy: grantCommand(connection, { privilege: 'SDN.Audit', path })
    })
  }
}
