import type { ProxmoxConnection } from '@proxbox/contracts'
import { type GapList, readerInto } from './gap-of.ts'
import { grantCommand, type HeldPrivileges, isHeld } from './privileges.ts'
import type { Reading } from './reading.ts'
import { decode, decodeRows, NonsenseError } from './wire/decode.ts'
import { AclRow, Permissions } from './wire/schemas.ts'

export interface Held {
  /** Undefined: the own permissions could not be read. */
  readonly privileges: HeldPrivileges | undefined
  /** Whether all paths that have rules of their own are known. */
  readonly isWhole: boolean
}

/** Always in the answer of /access/permissions, unless nothing is held there (PVE::RPCEnvironment). */
const ALWAYS_LISTED = ['/vms', '/nodes', '/storage', '/pool']

/** Pure: `root@pam` by its password may see everything, whatever rules there are (PVE::RPCEnvironment); its tokens may not. */
const isSuperuser = ({ username, password, token_name }: ProxmoxConnection): boolean =>
  username === 'root@pam' && password !== undefined && !token_name

/**
 * What the credential may see. /access/permissions leaves out each path on which nothing is held (NoAccess, an empty
 * role), and a path that is not listed looks as if it inherited. /access/acl names the paths that have rules of their
 * own: what is there and not in the permissions is hidden.
 */
export async function readHeld(reading: Reading, gaps: GapList): Promise<Held> {
  const entry = { node: '', cost: 'plain' } as const
  const orGap = readerInto(gaps)
  const [listed, paths] = await Promise.all([
    orGap({ scope: 'cluster', facet: 'permissions' }, async () =>
      decode(Permissions, await reading.get(entry, '/access/permissions', {}), 'the permissions')
    ),
    orGap({ scope: 'guests', facet: 'permissions' }, async () =>
      ruledPathsFrom(await reading.get(entry, '/access/acl', {}))
    )
  ])
  if (listed === undefined) return { privileges: undefined, isWhole: false }
  if (isSuperuser(reading.proxmox.connection)) return { privileges: listed, isWhole: true }
  const privileges = withHidden(listed, paths ?? [])
  // Who may not audit /access is told no rules, with a 200 (PVE::API2::ACL).
  const isTold = isHeld(privileges, '/access', 'Sys.Audit')
  if (!isTold) {
    gaps.add({
      ...{ scope: 'guests', facet: 'permissions', reason: 'denied' },
      detail: 'Sys.Audit is not held on /access: whether rules hide single guests is not known.',
      remedy: grantCommand(reading.proxmox.connection, { privilege: 'Sys.Audit', path: '/access' })
    })
  }
  return { privileges, isWhole: paths !== undefined && isTold }
}

/** Pure: the paths of /access/acl. @throws NonsenseError */
export function ruledPathsFrom(data: unknown): readonly string[] {
  const { rows, broken } = decodeRows(AclRow, data, 'the list of access rules')
  if (broken > 0) throw new NonsenseError(`${broken} access rules have no usable form`)
  return rows.map(({ path }) => path)
}

/** Pure: the permissions, with nothing held on the paths that they leave out. */
export function withHidden(listed: HeldPrivileges, ruled: readonly string[]): HeldPrivileges {
  const hidden = [...ALWAYS_LISTED, ...ruled].filter((path) => listed[path] === undefined)
  return { ...Object.fromEntries(hidden.map((path) => [path, {}])), ...listed }
}
