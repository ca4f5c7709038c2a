import { isGone } from './answer-error.ts'
import { wholeConfigFrom } from './config/whole-config.ts'
import { defined } from './defined.ts'
import { relister } from './guest-relist.ts'
import type { EstateGuest } from './parse-cluster.ts'
import type { ClusterFrame } from './read-cluster.ts'
import { targetOf } from './read-node.ts'
import { readRuntime } from './read-runtime.ts'
import { isReadFailure, type Reading } from './reading.ts'

export interface GuestReader {
  /** Undefined when the guest no longer exists. */
  read(row: EstateGuest): Promise<EstateGuest | undefined>
}

/** While these hold, Proxmox writes the configuration piece by piece (create_and_lock_config, clone, restore). */
const UNFINISHED_LOCKS = new Set(['create', 'clone', 'restore', 'destroyed'])

/** @param wants.agent also ask the guests themselves (agent, container interfaces) */
export function guestReader(
  reading: Reading,
  frame: ClusterFrame,
  wants: { agent: boolean }
): GuestReader {
  const relist = relister(reading, frame)
  const ask = readRuntime(reading, frame)

  const config = async (row: EstateGuest): Promise<EstateGuest> => {
    const path = `/nodes/${encodeURIComponent(row.node)}/${row.type}/${row.vmid}/config`
    const target = { node: targetOf(row.node, frame), cost: 'plain' } as const
    // current: what is in force, not what is staged.
    const data = await reading.get(target, path, { query: { current: 1 } })
    const read = wholeConfigFrom(row.type, data)
    return noteUnfinished(row, read.lock ?? row.lock, frame) ? row : { ...row, config: read }
  }
  const withConfig = async (row: EstateGuest): Promise<EstateGuest | undefined> => {
    try {
      return await config(row)
    } catch (error) {
      if (!isGone(error)) return withoutConfig(row, error)
    }
    const moved = await relist(row)
    if (moved === undefined) return undefined
    try {
      return await config(moved)
    } catch (error) {
      return withoutConfig(moved, error)
    }
  }
  const withoutConfig = (row: EstateGuest, error: unknown): EstateGuest => {
    if (!isReadFailure(error)) throw error
    frame.gaps.addFailure(
      { scope: 'guest', node: row.node, vmid: row.vmid, facet: 'config' },
      error
    )
    return row
  }
  return {
    read: async (row) => {
      const member = frame.membership.members.find(({ name }) => name === row.node)
      if (member?.online !== true) return unreachable(row, frame, member !== undefined)
      if (row.template === undefined) noteStale(row.node, frame)
      const read = await withConfig(row)
      if (read?.config === undefined || !wants.agent) return read
      return defined({ ...read, ...(await ask(read, read.config)) })
    }
  }
}

/** For 5 min after a node died its guests still read as running. */
function unreachable(row: EstateGuest, frame: ClusterFrame, isMember: boolean): EstateGuest {
  const why = isMember ? 'is offline' : 'is no member of the cluster'
  frame.gaps.add({
    ...{ scope: 'node', node: row.node, facet: 'config', reason: 'offline' },
    detail: `Node ${row.node} ${why}: the configurations of its guests cannot be read.`,
    remedy: 'Nothing of them is taken away; they are read again when the node is back.'
  })
  return { ...row, status: 'unknown' }
}

/** A node whose statistics are older than 5 min tells no state of its guests, and who may not run is not asked. */
function noteStale(node: string, frame: ClusterFrame): void {
  frame.gaps.add({
    ...{ scope: 'node', node, facet: 'agent', reason: 'partial' },
    detail: `Node ${node} has sent no statistics for five minutes: whether its guests run is not known, so they were not asked.`,
    remedy: `Restart its statistics daemon: "systemctl restart pvestatd" on ${node}.`
  })
}

/** A guest that is restored over itself has no disks and next to no memory for a while: that is none of its facts. */
function noteUnfinished(row: EstateGuest, lock: string | undefined, frame: ClusterFrame): boolean {
  if (lock === undefined || !UNFINISHED_LOCKS.has(lock)) return false
  frame.gaps.add({
    ...{ scope: 'guest', node: row.node, vmid: row.vmid, facet: 'config', reason: 'partial' },
    detail: `Guest ${row.vmid} is locked (${lock}): its configuration is not finished.`,
    remedy: `If nothing works on it any more: "${row.type === 'qemu' ? 'qm' : 'pct'} unlock ${row.vmid}".`
  })
  return true
}
