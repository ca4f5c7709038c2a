import { failureFrom } from './failure.ts'
import { createGapList, type GapList, readerInto } from './gap-of.ts'
import { noteGuestList } from './guest-list.ts'
import { notePrivileges } from './note-privileges.ts'
import type { Proxmox } from './open-proxmox.ts'
import {
  type Membership,
  membershipFrom,
  missingStorageRows,
  type Resources,
  resourcesFrom,
  storageConfigsFrom,
  tagColorsFrom
} from './parse-cluster.ts'
import { readHaStates } from './read-ha-states.ts'
import { type Held, readHeld } from './read-held.ts'
import { getOrFail, type Reading } from './reading.ts'
import { decode } from './wire/decode.ts'
import { Version } from './wire/schemas.ts'

/** The part of a cluster that its guests and nodes are read by. */
export interface ClusterFrame {
  readonly version: string
  readonly membership: Membership
  readonly resources: Resources
  /** Rows that the list of resources must have and lacks. */
  readonly missingRows: number
  readonly held: Held
  readonly tagColors: Record<string, string>
  readonly guestListWhole: boolean
  /** The node that answers; calls without a node are work of it. */
  readonly entryNode: string
  readonly gaps: GapList
}

/**
 * Reads what no node has to be asked for: seven requests, eight where guests are under HA. Without version, status and resources nothing is read: what a
 * cluster is called and whether it has a quorum tells its status alone, and a guess would rename it.
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
  const { version } = decodedOrFail(proxmox, '/version', () =>
    decode(Version, versionData, 'the version')
  )
  const [held, statusData, resourceData, tagColors, storages] = await Promise.all([
    readHeld(reading, gaps),
    getOrFail(reading, { node: '', cost: 'daemon' }, '/cluster/status'),
    getOrFail(reading, entry, '/cluster/resources'),
    readerInto(gaps)({ scope: 'cluster', facet: 'options' }, async () =>
      tagColorsFrom(await reading.get(entry, '/cluster/options', {}))
    ),
    readerInto(gaps)({ scope: 'storages', facet: 'list' }, async () =>
      storageConfigsFrom(await reading.get(entry, '/storage', {}))
    )
  ])
  const membership = decodedOrFail(proxmox, '/cluster/status', () => membershipFrom(statusData))
  const listed = decodedOrFail(proxmox, '/cluster/resources', () => resourcesFrom(resourceData))
  const resources = { ...listed, guests: await readHaStates(reading, gaps, listed) }
  const missingRows = missingStorageRows(storages ?? [], resources, membership.members)
  const frame = { version, membership, resources, held, gaps, missingRows }
  noteMembers(membership, resources, gaps)
  const guestListWhole = noteGuestList(proxmox, frame)
  notePrivileges(proxmox, { ...frame, held: held.privileges })
  const local = membership.members.find((member) => member.isLocal) ?? membership.members[0]
  return { ...frame, tagColors: tagColors ?? {}, guestListWhole, entryNode: local?.name ?? '' }
}

function decodedOrFail<T>(proxmox: Proxmox, path: string, decoded: () => T): T {
  try {
    return decoded()
  } catch (error) {
    throw failureFrom(error, proxmox.connection, path)
  }
}

/** Whether each node is named: the status counts its members, and the resources list them too. */
function noteMembers(membership: Membership, { nodes }: Resources, gaps: GapList): void {
  const named = new Set(membership.members.map(({ name }) => name))
  const others = nodes.filter((name) => !named.has(name)).length
  const unnamed = Math.max(others, membership.unnamed)
  if (unnamed === 0) return
  const detail = `The cluster status leaves ${unnamed} nodes unnamed.`
  gaps.add({ scope: 'nodes', facet: 'list', reason: 'partial', detail })
}
