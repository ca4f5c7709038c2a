import Type from 'typebox'
import type { GapList } from './gap-of.ts'
import type { Proxmox } from './open-proxmox.ts'
import type { Membership, Resources } from './parse-cluster.ts'
import { grantCommand, type HeldPrivileges, isHeldBelow } from './privileges.ts'
import type { Held } from './read-held.ts'
import { isReadFailure, type Reading } from './reading.ts'
import { decodeRows } from './wire/decode.ts'
import { VmId } from './wire/schemas.ts'

const scope = { scope: 'guests', facet: 'list' } as const

interface ListFacts {
  readonly membership: Membership
  readonly resources: Resources
  readonly missingRows: number
  readonly held: Held
  readonly gaps: GapList
}

/** Whether the list of guests is all of it, as far as one answer can tell; a gap says why it is not. */
export function noteGuestList(proxmox: Proxmox, facts: ListFacts): boolean {
  const { membership, gaps, held } = facts
  if (!membership.quorate && membership.mode === 'cluster') {
    gaps.add({
      ...{ scope: 'cluster', facet: 'status', reason: 'no-quorum' },
      detail: 'The cluster has no quorum as this node sees it: what it tells may be old.',
      remedy: 'Run "pvecm status" on the nodes and bring back the missing ones.'
    })
  }
  const why = doubtOf(facts) ?? deniedBy(proxmox, held.privileges)
  if (why !== undefined) gaps.add({ ...scope, ...why })
  return why === undefined && held.isWhole && membership.quorate
}

type Doubt = Pick<Parameters<GapList['add']>[0], 'reason' | 'detail' | 'remedy'>

/** Pure: what speaks against the rows themselves. Nodes are listed whatever is held. */
function doubtOf({ membership, resources, missingRows }: ListFacts): Doubt | undefined {
  const { nodes, brokenGuests } = resources
  if (nodes.length === 0) return { reason: 'empty', detail: 'The list of resources is empty.' }
  if (brokenGuests > 0) {
    const detail = `${brokenGuests} rows of the list of resources have no usable form.`
    return { reason: 'nonsense', detail }
  }
  if (missingRows > 0) {
    const detail = `The list of resources lacks ${missingRows} rows of storages, and may lack guests too.`
    return { reason: 'partial', detail }
  }
  const listed = new Set(nodes)
  const absent = membership.members.filter(({ name }) => !listed.has(name))
  if (absent.length === 0) return undefined
  const names = absent.map(({ name }) => name).join(', ')
  return {
    reason: 'partial',
    detail: `The list of resources lacks ${names}, which is a member of the cluster: its guests may be missing too.`
  }
}

function deniedBy(proxmox: Proxmox, held: HeldPrivileges | undefined): Doubt | undefined {
  if (held === undefined) {
    const detail = 'Whether VM.Audit is held is not known, so the list may lack guests.'
    return { reason: 'partial', detail }
  }
  if (isHeldBelow(held, '/vms', 'VM.Audit')) return undefined
  return {
    reason: 'denied',
    detail:
      'VM.Audit is not held on all of /vms: Proxmox leaves out the other guests without a word.',
    remedy: grantCommand(proxmox.connection, { privilege: 'VM.Audit', path: '/vms' })
  }
}

const GuestRef = Type.Object({ vmid: VmId })

/**
 * Asks each online node that no guest is listed on for its own lists: they cost it nothing when they are empty, and
 * contradict a list of resources that lost a node's guests. @returns false, with a gap, when one does or cannot be read
 */
export async function confirmEmptyNodes(
  reading: Reading,
  facts: ListFacts & { readonly laneOf: (node: string) => string }
): Promise<boolean> {
  const { membership, resources, gaps, laneOf } = facts
  const listed = new Set(resources.guests.map(({ vmid }) => vmid))
  const busy = new Set(resources.guests.map(({ node }) => node))
  const idle = membership.members.filter(({ name, online }) => online && !busy.has(name))
  const confirm = async (node: string, type: 'qemu' | 'lxc'): Promise<boolean> => {
    const path = `/nodes/${encodeURIComponent(node)}/${type}`
    try {
      const data = await reading.get({ node: laneOf(node), cost: 'daemon' }, path, {})
      const { rows, broken } = decodeRows(GuestRef, data, `the ${type} guests of ${node}`)
      const more = rows.filter(({ vmid }) => !listed.has(vmid)).length + broken
      if (more === 0) return true
      const detail = `Node ${node} tells of ${more} guests that the list of resources lacks.`
      gaps.add({ ...scope, reason: 'partial', detail })
    } catch (error) {
      if (!isReadFailure(error)) throw error
      gaps.addFailure(scope, error)
    }
    return false
  }
  const answers = await Promise.all(
    idle.flatMap(({ name }) => [confirm(name, 'qemu'), confirm(name, 'lxc')])
  )
  return answers.every(Boolean)
}
