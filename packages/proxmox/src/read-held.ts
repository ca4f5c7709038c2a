import { type GapList, readerInto } from './gap-of.ts'
import type { HeldPrivileges } from './privileges.ts'
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
    orGap({ scope: 'guests', facet: 'permissions' }, async () => {
      const data = await reading.get(entry, '/access/acl', {})
      const { rows, broken } = decodeRows(AclRow, data, 'the list of access rules')
      if (broken > 0) throw new NonsenseError(`${broken} access rules have no usable form`)
      return rows.map(({ path }) => path)
    })
  ])
  if (listed === undefined) return { privileges: undefined, isWhole: false }
  return { privileges: withHidden(listed, paths ?? []), isWhole: paths !== undefined }
}

/** Pure: the permissions, with nothing held on the paths that they leave out. */
export function withHidden(listed: HeldPrivileges, ruled: readonly string[]): HeldPrivileges {
  const hidden = [...ALWAYS_LISTED, ...ruled].filter((path) => listed[path] === undefined)
  return { ...Object.fromEntries(hidden.map((path) => [path, {}])), ...listed }
}
