import type { Version } from './world-shape.ts'

/** What PVEAuditor holds (pve-access-control, create_roles): 9 added the agent's audit right. */
export function auditorPrivileges(version: Version): string[] {
  const all = ['VM.Audit', 'Sys.Audit', 'Datastore.Audit', 'SDN.Audit', 'Pool.Audit']
  if (version !== '7.4') all.push('Mapping.Audit')
  if (version === '9.2') all.push('VM.GuestAgent.Audit')
  return all
}

/** The privilege that reading from the guest agent asks for. */
export function agentPrivilege(version: Version): string {
  return version === '9.2' ? 'VM.GuestAgent.Audit' : 'VM.Monitor'
}

const COMMON = [
  'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit',
  'Group.Allocate Permissions.Modify Pool.Allocate Pool.Audit Realm.Allocate Realm.AllocateUser',
  'SDN.Allocate SDN.Audit Sys.Audit Sys.Console Sys.Incoming Sys.Modify Sys.PowerMgmt Sys.Syslog',
  'User.Modify VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU',
  'VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network',
  'VM.Config.Options VM.Console VM.Migrate VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback'
].flatMap((line) => line.split(' '))

const SINCE_8 = ['Mapping.Audit', 'Mapping.Modify', 'Mapping.Use', 'SDN.Use', 'Sys.AccessNetwork']
const SINCE_9 = [
  'VM.GuestAgent.Audit',
  'VM.GuestAgent.FileRead',
  'VM.GuestAgent.FileSystemMgmt',
  'VM.GuestAgent.FileWrite',
  'VM.GuestAgent.Unrestricted',
  'VM.Replicate'
]

/** Every privilege of a release: what Administrator and root@pam hold. */
export function allPrivileges(version: Version): string[] {
  if (version === '7.4') return [...COMMON, 'VM.Monitor']
  if (version === '8.4') return [...COMMON, ...SINCE_8, 'VM.Monitor']
  return [...COMMON, ...SINCE_8, ...SINCE_9]
}
