import type { Caller } from '../access.ts'
import { forbidden, missingGuest, PveError } from '../errors.ts'
import type { Guest, World, WorldNode } from '../world/world-shape.ts'

/** Everything a route may look at. */
export interface Context {
  world: World
  caller: Caller
  /** Path parameters, decoded. */
  params: Record<string, string>
  query: Record<string, string>
  /** Epoch seconds. */
  now: number
  /** Name of the node that the client is connected to. */
  entryNode: string
}

/** What a route gives back; `data` before any jitter. */
export interface Reply {
  data: unknown
  /** Number of rows before paging. */
  total?: number
  /** Staged network changes. */
  changes?: string
  /** True for lists that the original sorts: their order is kept. */
  isSorted?: boolean
  /** How long the worker is busy with it. */
  delayMs?: number
  /** True where real JSON types travel unchanged: answers of the guest agent. */
  isExact?: boolean
}

export interface Route {
  /** Template in the words of the official API description. */
  path: string
  /** P = in the pveproxy worker of the node, D = in its pvedaemon. */
  cost: 'P' | 'D'
  answer(context: Context): Reply
  /** The releases that know it; absent means all. */
  versions?: readonly World['version'][]
}

export type Row = Record<string, unknown>

/** True when the caller holds one of the privileges on the path. */
export function can(context: Context, path: string, ...privileges: string[]): boolean {
  const held = context.caller.privilegesOn(path)
  return privileges.some((privilege) => held.has(privilege))
}

/** Throws 403 unless the caller holds one of the privileges on the path. */
export function demand(context: Context, path: string, ...privileges: string[]): void {
  if (!can(context, path, ...privileges)) throw forbidden(path, privileges)
}

/** True when the caller holds one of the privileges on the guest, directly or by its pool. */
export function canOnGuest(
  context: Context,
  guest: Pick<Guest, 'vmid' | 'pool'>,
  ...privileges: string[]
): boolean {
  const held = context.caller.privilegesOn(`/vms/${guest.vmid}`, guest.pool)
  return privileges.some((privilege) => held.has(privilege))
}

/** The node of the path; 595 when it is off, 596 when no member has this name (§4.2). */
export function nodeFrom(context: Context): WorldNode {
  const name = context.params.node ?? ''
  const node = context.world.nodes.find((candidate) => candidate.name === name)
  if (name === 'localhost') return entryNodeOf(context)
  if (node === undefined) {
    throw new PveError(596, `hostname lookup '${name}' failed - failed to get address info`, {
      isBare: true
    })
  }
  if (!node.online) throw new PveError(595, 'No route to host', { isBare: true })
  return node
}

function entryNodeOf(context: Context): WorldNode {
  const node = context.world.nodes.find((candidate) => candidate.name === context.entryNode)
  if (node === undefined) throw new PveError(500, `no such node '${context.entryNode}'`)
  return node
}

/** The guest of the path on that node. Throws 403 before it tells whether the guest exists. */
export function guestFrom(context: Context, type: Guest['type'], ...privileges: string[]): Guest {
  const node = nodeFrom(context)
  const vmid = context.params.vmid ?? ''
  const known = context.world.guests.find((guest) => String(guest.vmid) === vmid)
  const allowed =
    known === undefined
      ? can(context, `/vms/${vmid}`, ...privileges)
      : canOnGuest(context, known, ...privileges)
  if (!allowed) throw forbidden(`/vms/${vmid}`, privileges)
  if (known === undefined || known.type !== type || known.node !== node.name) {
    throw missingGuest(node.name, type, vmid)
  }
  return known
}
