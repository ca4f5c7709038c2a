import type { ProxmoxConnection } from '@proxbox/contracts'
import type { StaticDecode } from 'typebox'
import type { Permissions } from './wire/schemas.ts'
import { integerFrom } from './wire/tolerant.ts'

export type HeldPrivileges = StaticDecode<typeof Permissions>

/**
 * Pure: whether the caller holds a privilege on a path, by the answer of /access/permissions. The nearest listed path
 * counts; a privilege of a path above it must propagate (value 1).
 */
export function isHeld(held: HeldPrivileges, path: string, privilege: string): boolean {
  const own = held[path]
  if (own !== undefined) return own[privilege] !== undefined
  return propagates(held, parentOf(path), privilege)
}

/** Pure: whether it is held on everything below the path; on `/` itself only there. */
export function isHeldBelow(held: HeldPrivileges, path: string, privilege: string): boolean {
  if (path === '/') return isHeld(held, path, privilege)
  const below = Object.entries(held).filter(([other]) => other.startsWith(`${path}/`))
  return propagates(held, path, privilege) && below.every(([, own]) => own[privilege] !== undefined)
}

function propagates(held: HeldPrivileges, path: string, privilege: string): boolean {
  for (let at = path; ; at = parentOf(at)) {
    const own = held[at]
    if (own !== undefined) return integerFrom(own[privilege]) === 1
    if (at === '/') return false
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

/** Pure: `9.2.11` → 9.02, `7.4-20` → 7.04, to compare releases. */
export function releaseOf(version: string): number {
  const match = /^(\d+)(?:\.(\d+))?/.exec(version)
  return Number(match?.[1] ?? 0) + Number(match?.[2] ?? 0) / 100
}

/** Pure: what reading from the guest agent asks for: 9 took VM.Monitor away. Any one of them is enough. */
export function agentPrivilegesOf(version: string): readonly [string, ...string[]] {
  return releaseOf(version) >= 9
    ? ['VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted']
    : ['VM.Monitor']
}

/** Pure: below what the rules of virtual networks lie: up to 7 beside the zones, since 8 inside them. */
export const sdnPathOf = (version: string): string =>
  releaseOf(version) >= 8 ? '/sdn/zones' : '/sdn'

export interface NeededPrivilege {
  readonly path: string
  /** Any one of them is enough; the first is the one to give. */
  readonly privileges: readonly [string, ...string[]]
  /** What is not read without it. */
  readonly purpose: string
  /** Without it the inventory is not usable at all. */
  readonly isEssential: boolean
}

/** Pure: what the collector needs on this release. */
export function neededPrivileges(version: string): readonly NeededPrivilege[] {
  const need = (
    path: string,
    first: string,
    purpose: string,
    more: Partial<NeededPrivilege> = {}
  ) => ({
    ...{ path, privileges: [first] as const, purpose, isEssential: false, ...more }
  })
  return [
    need('/vms', 'VM.Audit', 'guests', { isEssential: true }),
    need('/', 'Sys.Audit', 'the name and quorum of the cluster', { isEssential: true }),
    need('/nodes', 'Sys.Audit', 'the nodes', { isEssential: true }),
    need('/storage', 'Datastore.Audit', 'storages', {
      privileges: ['Datastore.Audit', 'Datastore.AllocateSpace']
    }),
    need('/pool', 'Pool.Audit', 'pools'),
    need('/access', 'Sys.Audit', 'rules that hide single guests'),
    ...(releaseOf(version) >= 8
      ? [
          need(
            '/sdn/zones/localnetwork',
            'SDN.Audit',
            'bridges of the nodes and the VLANs of NICs on them',
            { privileges: ['SDN.Audit', 'SDN.Use'] }
          ),
          need(sdnPathOf(version), 'SDN.Audit', 'VLANs of NICs on virtual networks (SDN)', {
            privileges: ['SDN.Audit', 'SDN.Allocate']
          })
        ]
      : []),
    need('/vms', agentPrivilegesOf(version)[0], 'addresses reported by guest agents', {
      privileges: agentPrivilegesOf(version)
    })
  ]
}

/**
 * Pure: the command for a shell on the Proxmox host that gives a privilege. PVEAuditor holds all but VM.Monitor, which
 * on 7 and 8 needs a role of its own. A token with separated privileges has only what its owner has too.
 */
export function grantCommand(
  connection: ProxmoxConnection,
  missing: { readonly privilege: string; readonly path: string }
): string {
  const { username, token_name: name, token_value: value } = connection
  const owner = name && value && username === 'root@pam' ? '' : ` --users '${username}'`
  const token = name && value ? ` --tokens '${username}!${name.split('!').at(-1)}'` : ''
  const grant = (role: string) => `pveum acl modify ${missing.path}${owner}${token} --roles ${role}`
  if (missing.privilege !== 'VM.Monitor') return grant('PVEAuditor')
  return `pveum role add ProxboxAgent --privs VM.Monitor; ${grant('ProxboxAgent')}`
}
