import type { ProxmoxConnection, TestFinding } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { grantCommand, type HeldPrivileges, isHeldBelow, neededPrivileges } from './privileges.ts'

/** Pure: every privilege that the collector misses on this release, with the command that gives it. */
export function privilegeFindings(
  connection: ProxmoxConnection,
  version: string,
  held: HeldPrivileges
): Static<typeof TestFinding>[] {
  return neededPrivileges(version)
    .filter(({ path, privileges }) => !privileges.some((name) => isHeldBelow(held, path, name)))
    .map(({ path, privileges: [privilege], purpose, isEssential }) => ({
      severity: isEssential ? 'error' : 'warning',
      code: 'PROXMOX_PRIVILEGE',
      detail: `${privilege} is not held on all of ${path}: ${purpose} cannot be read.`,
      remedy: grantCommand(connection, { privilege, path })
    }))
}
