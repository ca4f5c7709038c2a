import { PveError } from '../errors.ts'
import { listName } from '../measures.ts'
import { agentPrivilege } from '../world/privileges.ts'
import type { Guest, RuntimeInterface } from '../world/world-shape.ts'
import { type Context, guestFrom, type Reply, type Route, type Row } from './route.ts'

const COMMANDS = [
  'network-get-interfaces',
  'get-osinfo',
  'get-host-name',
  'info',
  'get-fsinfo'
] as const
type Command = (typeof COMMANDS)[number]

export const agentRoutes: readonly Route[] = [
  ...COMMANDS.map(
    (command): Route => ({
      path: `/nodes/{node}/qemu/{vmid}/agent/${command}`,
      cost: 'D',
      answer: (context) => ask(context, command)
    })
  ),
  {
    path: '/nodes/{node}/lxc/{vmid}/interfaces',
    cost: 'D',
    answer: containerInterfaces,
    versions: ['8.4', '9.2']
  }
]

/** One question to the agent: config, power, ping, command, each with its own failure (§2.6). */
function ask(context: Context, command: Command): Reply {
  const { world } = context
  const extra = world.version === '9.2' ? ['VM.GuestAgent.Unrestricted'] : []
  const guest = guestFrom(context, 'qemu', agentPrivilege(world.version), ...extra)
  if (!isEnabled(guest.config.agent)) throw new PveError(500, 'No QEMU guest agent configured')
  if (guest.status === 'stopped') throw new PveError(500, `VM ${guest.vmid} is not running`)
  // A paused machine counts as running, but its agent cannot answer.
  switch (guest.status === 'running' ? guest.agent : 'silent') {
    case 'answers':
      return exact(ANSWERS[command](guest))
    case 'empty':
      return exact(command === 'network-get-interfaces' || command === 'get-fsinfo' ? [] : {})
    case 'error-in-200':
      return exact({
        error: { class: 'CommandNotFound', desc: `The command guest-${command} has not been found` }
      })
    case 'nonsense':
      return exact(NONSENSE[guest.vmid % NONSENSE.length])
    default:
      // The ping waits three seconds and holds one of the three root workers.
      throw new PveError(500, 'QEMU guest agent is not running', { delayMs: world.agentDelayMs })
  }
}

const NONSENSE: readonly unknown[] = [
  'OK',
  null,
  [{ name: null, 'ip-addresses': 'none', 'hardware-address': 7 }],
  [null, 'eth0', { 'ip-addresses': [{ 'ip-address': 'not-an-address', prefix: -1 }, 3] }]
]

const ANSWERS: Record<Command, (guest: Guest) => unknown> = {
  'network-get-interfaces': (guest) => guest.interfaces.map(agentInterface),
  'get-osinfo': osInfo,
  'get-host-name': (guest) => ({ 'host-name': listName(guest) }),
  info: () => ({
    version: '8.2.0',
    supported_commands: COMMANDS.map((name) => ({
      name: `guest-${name}`,
      enabled: true,
      'success-response': true
    }))
  }),
  'get-fsinfo': () => [
    {
      name: 'sda1',
      mountpoint: '/',
      type: 'ext4',
      'used-bytes': 4_294_967_296,
      'total-bytes': 33_285_996_544,
      disk: [{ 'bus-type': 'scsi', bus: 0, target: 0, unit: 0, dev: '/dev/sda1' }]
    }
  ]
}

function exact(result: unknown): Reply {
  return { data: { result }, isExact: true }
}

function isEnabled(agent: Guest['config'][string] | undefined): boolean {
  if (agent === undefined) return false
  return /(?:^|,)(?:enabled=)?(?:1|on|yes|true)(?:,|$)/i.test(agent === true ? '1' : String(agent))
}

function osInfo({ osInfo: os }: Guest): Row {
  return {
    id: os.id,
    name: os.name,
    'pretty-name': os.prettyName,
    version: os.version,
    'version-id': os.versionId,
    'kernel-release': os.kernelRelease,
    'kernel-version': '#1 SMP',
    machine: 'x86_64'
  }
}

function agentInterface(row: RuntimeInterface): Row {
  return {
    name: row.name,
    ...(row.mac === undefined ? {} : { 'hardware-address': row.mac }),
    ...(row.addresses.length === 0
      ? {}
      : {
          'ip-addresses': row.addresses.map(({ address, family, prefix }) => ({
            'ip-address': address,
            'ip-address-type': `ipv${family}`,
            prefix
          }))
        })
  }
}

/** `inet` families and prefixes as text; the older fields keep one address per family; stopped gives null. */
function containerInterfaces(context: Context): Reply {
  const guest = guestFrom(context, 'lxc', 'VM.Audit')
  if (guest.status === 'stopped') return { data: null }
  return { data: guest.interfaces.map(containerInterface) }
}

function containerInterface({ name, mac = '00:00:00:00:00:00', addresses }: RuntimeInterface): Row {
  const last = (family: 4 | 6) => addresses.filter((row) => row.family === family).at(-1)
  const [v4, v6] = [last(4), last(6)]
  return {
    name,
    hwaddr: mac,
    'hardware-address': mac,
    ...(v4 === undefined ? {} : { inet: `${v4.address}/${v4.prefix}` }),
    ...(v6 === undefined ? {} : { inet6: `${v6.address}/${v6.prefix}` }),
    'ip-addresses': addresses.map(({ address, family, prefix }) => ({
      'ip-address': address,
      'ip-address-type': family === 4 ? 'inet' : 'inet6',
      prefix: String(prefix)
    }))
  }
}
