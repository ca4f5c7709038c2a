import { ticketFor, ticketUser, unauthorized } from '../access.ts'
import { badParameter } from '../errors.ts'
import type { World } from '../world/world-shape.ts'
import { type Context, can, type Reply, type Route } from './route.ts'

const RELEASES = {
  '7.4': { version: '7.4-16', release: '7.4', repoid: '0f39f621' },
  '8.4': { version: '8.4.5', release: '8.4', repoid: 'b0f4e7a5cd9ecd1f' },
  '9.2': { version: '9.2.3', release: '9.2', repoid: '7c2d1a4b9e8f0351' }
} as const

/** Version facts of a world as /version and node status print them. */
export function releaseOf(world: World): { version: string; release: string; repoid: string } {
  return { ...RELEASES[world.version] }
}

export const accessRoutes: readonly Route[] = [
  { path: '/version', cost: 'P', answer: ({ world }) => ({ data: releaseOf(world) }) },
  { path: '/access/permissions', cost: 'P', answer: permissions },
  { path: '/access/acl', cost: 'P', answer: acl }
]

/** The only thing that can be read without a login. */
export function domains(): Reply {
  return {
    data: [
      { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
      { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' }
    ]
  }
}

/** POST /access/ticket: a password or an old ticket gives a new ticket. */
export function createTicket(world: World, form: Record<string, string>, now: number): Reply {
  const { username, password, realm } = form
  if (!username) throw badParameter('username', 'property is missing and it is not optional')
  if (!password) throw badParameter('password', 'property is missing and it is not optional')
  const id = username.includes('@') ? username : `${username}@${realm ?? 'pam'}`
  const user = world.users.find((candidate) => candidate.id === id)
  const isRenewal = ticketUser(world, password, now)?.id === id
  if (user === undefined || (user.password !== password && !isRenewal)) {
    throw unauthorized(world, 'authentication failure')
  }
  const { ticket, csrf } = ticketFor(world, id, now)
  return {
    data: {
      username: id,
      ticket,
      CSRFPreventionToken: csrf,
      cap: { vms: {}, storage: {}, nodes: {}, dc: {}, access: {} },
      ...(world.clusterName === null ? {} : { clustername: world.clusterName })
    },
    isExact: true
  }
}

/** Paths that are looked at even when no rule names them (PVE::RPCEnvironment, get_effective_permissions). */
const OWN_PATHS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms']

/**
 * The caller's own effective rights per path: 1 when they go on to what lies below. Paths with rules of anyone and
 * guests of pools are listed too; a path on which nothing is held is left out, as if it had no rule of its own.
 */
function permissions({ world, caller }: Context): Reply {
  const pools = new Map(world.guests.map(({ vmid, pool }) => [`/vms/${vmid}`, pool]))
  const inPools = [...pools].filter(([, pool]) => pool !== undefined).map(([path]) => path)
  const paths = new Set([...OWN_PATHS, ...rulesOf(world).map(({ path }) => path), ...inPools])
  const rows = [...paths].map((path): [string, Record<string, number>] => {
    const below = caller.privilegesOn(`${path === '/' ? '' : path}/below`)
    const held = [...caller.privilegesOn(path, pools.get(path))]
    return [path, Object.fromEntries(held.map((name) => [name, below.has(name) ? 1 : 0]))]
  })
  return { data: Object.fromEntries(rows.filter(([, held]) => Object.keys(held).length > 0)) }
}

function rulesOf({ users, tokens }: World) {
  return [...users, ...tokens].flatMap(({ id, rules }) => rules.map((rule) => ({ ...rule, id })))
}

/** Who may do what where; of others only to an auditor of /access. */
function acl(context: Context): Reply {
  const isAuditor = can(context, '/access', 'Sys.Audit', 'Permissions.Modify')
  const rows = rulesOf(context.world).map(({ path, id, privileges, propagate }) => ({
    path,
    ugid: id,
    type: id.includes('!') ? 'token' : 'user',
    roleid: privileges.includes('NoAccess') ? 'NoAccess' : 'Simulated',
    propagate
  }))
  return { data: isAuditor ? rows : [] }
}
