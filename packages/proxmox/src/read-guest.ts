import type { GuestConfig } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { isGone } from './answer-error.ts'
import { guestConfigFrom } from './config/guest-config.ts'
import { defined } from './defined.ts'
import type { EstateGuest } from './parse-cluster.ts'
import { resourcesFrom } from './parse-cluster.ts'
import type { ClusterFrame } from './read-cluster.ts'
import { targetOf } from './read-node.ts'
import { readRuntime } from './read-runtime.ts'
import { isReadFailure, type Reading } from './reading.ts'

export interface GuestReader {
  /** Undefined when the guest no longer exists. */
  read(row: EstateGuest): Promise<EstateGuest | undefined>
}

/** A guest that moves is looked up again; so many new lists are read at most in one Run. */
const MAX_RELISTS = 5

/** @param wants.agent also ask the guests themselves (agent, container interfaces) */
export function guestReader(
  reading: Reading,
  frame: ClusterFrame,
  wants: { agent: boolean }
): GuestReader {
  const relist = relister(reading)
  const ask = readRuntime(reading, frame)

  const config = async (row: EstateGuest): Promise<Static<typeof GuestConfig>> => {
    const path = `/nodes/${encodeURIComponent(row.node)}/${row.type}/${row.vmid}/config`
    const target = { node: targetOf(row.node, frame), cost: 'plain' } as const
    // current: what is in force, not what is staged.
    return guestConfigFrom(row.type, await reading.get(target, path, { query: { current: 1 } }))
  }
  const withConfig = async (row: EstateGuest): Promise<EstateGuest | undefined> => {
    try {
      return { ...row, config: await config(row) }
    } catch (error) {
      if (!isGone(error)) return withoutConfig(row, error)
    }
    const moved = await relist(row)
    if (moved === undefined) return undefined
    try {
      return { ...moved, config: await config(moved) }
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
    detail: `Node ${row.node} ${why}: the configurations of its guests cannot be read.`
  })
  return { ...row, status: 'unknown' }
}

/** Where a guest is now. Callers at the same time share one list. */
function relister(reading: Reading) {
  let pending: Promise<Map<number, EstateGuest>> | undefined
  let latest = new Map<number, EstateGuest>()
  let lists = 0
  const read = async () => {
    lists += 1
    const target = { node: '', cost: 'plain' } as const
    const { guests } = resourcesFrom(await reading.get(target, '/cluster/resources', {}))
    latest = new Map(guests.map((guest) => [guest.vmid, guest]))
    return latest
  }
  return async (row: EstateGuest): Promise<EstateGuest | undefined> => {
    const known = latest.get(row.vmid)
    if (known !== undefined && known.node !== row.node) return known
    if (pending === undefined && lists >= MAX_RELISTS) return row
    pending ??= read().finally(() => {
      pending = undefined
    })
    try {
      return (await pending).get(row.vmid)
    } catch (error) {
      if (!isReadFailure(error)) throw error
      // The second try on the same node then tells why it cannot be read.
      return row
    }
  }
}
