import { valueAt } from './scenario.ts'

/** What a token named `narrow` sees and does: these models alone, and of them only objects without a description. */
export const narrowModels: readonly string[] = [
  'virtualization.clustertype',
  'virtualization.cluster',
  'virtualization.virtualmachine',
  'virtualization.vminterface',
  'virtualization.virtualdisk',
  'dcim.device',
  'dcim.interface',
  'dcim.macaddress',
  'ipam.ipaddress'
]
export const narrowActions = ['view', 'add', 'change', 'delete'] as const
export const narrowConstraints = { description: '' }

export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>

export interface NarrowToken {
  readonly token: string
  remove(): Promise<void>
}

/** A user with an object permission, and its token. */
export async function createNarrowToken(ask: Ask): Promise<NarrowToken> {
  const username = `narrow-${Date.now()}`
  const user = valueAt(
    await ask('POST', '/users/users/', { username, password: `Narrow-${Date.now()}` }),
    'id'
  )
  const permission = await ask('POST', '/users/permissions/', {
    name: username,
    object_types: narrowModels,
    actions: narrowActions,
    users: [user],
    constraints: narrowConstraints
  })
  const made = await ask('POST', '/users/tokens/', { user, version: 2, write_enabled: true })
  return {
    token: `nbt_${valueAt(made, 'key')}.${valueAt(made, 'token')}`,
    remove: async () => {
      await ask('DELETE', `/users/permissions/${valueAt(permission, 'id')}/`)
      await ask('DELETE', `/users/users/${user}/`)
    }
  }
}
