import {
  addGuest,
  type Guest,
  migrateGuest,
  randomFrom,
  removeGuest,
  renameGuest,
  setConfig,
  setPending,
  setPower,
  type World
} from '@proxbox/simulator/proxmox'
import { pick, type Way } from './way.ts'

const most = 5
const names = [
  'web',
  'WEB',
  'db',
  'a'.repeat(63),
  'mail',
  `${'b'.repeat(60)}.example.org`,
  `${'b'.repeat(60)}.example.com`,
  'web (101)',
  undefined
]
const texts = [
  '',
  'note',
  '<b>bold</b> text',
  ' padded ',
  'x\r\ny',
  'Größe ≥ 5 €\n<script>a</script>'
]
const tags = [
  '',
  'web',
  'web;db',
  'We.b;we-b',
  'prod;db',
  'Prod;prod',
  'web+x;web_x',
  'proxbox',
  '+'
]
const systems = [
  { id: 'debian', name: 'Debian', prettyName: 'Debian 13', version: '13', versionId: '13' },
  {
    id: 'ubuntu',
    name: 'Ubuntu',
    prettyName: 'Ubuntu 26.04',
    version: '26.04',
    versionId: '26.04'
  },
  { id: '', name: '', prettyName: '', version: '', versionId: '' }
]

const nameKey = ({ type }: Guest) => (type === 'qemu' ? 'name' : 'hostname')

/** What says that a guest is another one than before: no two answers are alike. */
function evidence(world: World): { smbios1: string; vmgenid: string; meta: string } {
  const random = randomFrom(++world.counters.mac)
  const meta = `creation-qemu=9.2.0,ctime=${world.now + world.counters.mac}`
  return { smbios1: `uuid=${random.uuid()}`, vmgenid: random.uuid(), meta }
}

const freeVmid = (world: World) => Math.max(99, ...world.guests.map(({ vmid }) => vmid)) + 1

/** What becomes of guests as a whole: they come, go, change their names, numbers and nodes. */
export const guestWays = {
  add: (world, _, way) => {
    if (world.guests.length < most) addGuest(world, { type: pick(['qemu', 'lxc'] as const, way) })
  },
  remove: (world, guest) => removeGuest(world, guest.vmid),
  rename: (world, guest, way) => setConfig(world, guest.vmid, nameKey(guest), pick(names, way)),
  swap: (world, guest) => {
    const other = world.guests.find((one) => one.type === guest.type && one !== guest)
    if (other === undefined) return
    const [mine, theirs] = [
      String(guest.config[nameKey(guest)]),
      String(other.config[nameKey(other)])
    ]
    renameGuest(world, guest.vmid, theirs)
    renameGuest(world, other.vmid, mine)
  },
  'new guest under its vmid': (world, guest, way) => {
    removeGuest(world, guest.vmid)
    const type = pick(['qemu', 'lxc'] as const, way)
    const name =
      way % 3 === 0 ? {} : { [nameKey({ ...guest, type })]: String(guest.config[nameKey(guest)]) }
    const config = { ...(type === 'qemu' ? evidence(world) : {}), ...name }
    addGuest(world, { type, vmid: guest.vmid, node: guest.node, config })
  },
  'other vmid': (world, guest) => {
    guest.vmid = freeVmid(world)
  },
  clone: (world, guest, way) => {
    if (world.guests.length >= most) return
    const config = {
      ...guest.config,
      ...(way % 2 === 0 && guest.type === 'qemu' ? evidence(world) : {})
    }
    world.guests.push({ ...structuredClone(guest), config, vmid: freeVmid(world) })
  },
  template: (world, guest, way) => {
    setPower(world, guest.vmid, 'stopped')
    setConfig(world, guest.vmid, 'template', pick([true, undefined], way))
  },
  move: (world, guest, way) => migrateGuest(world, guest.vmid, pick(world.nodes, way).name)
} satisfies Record<string, Way>

/** What is said of a guest in its configuration, or by those who run it. */
export const factWays = {
  memory: (world, guest, way) => setConfig(world, guest.vmid, 'memory', 256 * (1 + (way % 4))),
  cores: (world, guest, way) =>
    setConfig(
      world,
      guest.vmid,
      'cores',
      pick([1, 2, 3, guest.type === 'lxc' ? undefined : 4], way)
    ),
  sockets: (world, guest, way) => {
    if (guest.type === 'qemu') setConfig(world, guest.vmid, 'sockets', 1 + (way % 2))
  },
  notes: (world, guest, way) => setConfig(world, guest.vmid, 'description', pick(texts, way)),
  tags: (world, guest, way) => setConfig(world, guest.vmid, 'tags', pick(tags, way)),
  power: (world, guest, way) =>
    setPower(
      world,
      guest.vmid,
      pick(['running', 'stopped', 'paused', 'io-error', 'prelaunch'], way)
    ),
  lock: (world, guest, way) =>
    setConfig(world, guest.vmid, 'lock', pick(['backup', undefined, 'migrate'], way)),
  boot: (world, guest, way) => setConfig(world, guest.vmid, 'onboot', way % 2 === 0),
  staged: (world, guest, way) => setPending(world, guest.vmid, 'memory', 8192 + way),
  evidence: (world, guest, way) => {
    if (guest.type !== 'qemu') return
    const facts = evidence(world)
    const key = pick(['smbios1', 'vmgenid', 'meta'] as const, way)
    setConfig(world, guest.vmid, key, way % 2 === 0 ? undefined : facts[key])
  },
  pool: (_, guest, way) => {
    const pool = pick(['production', 'lab', undefined], way)
    if (pool === undefined) delete guest.pool
    else guest.pool = pool
  },
  ha: (world, guest, way) => {
    const sid = `${guest.type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`
    world.ha = world.ha.filter((one) => one.sid !== sid)
    const state = pick(['started', 'stopped', undefined], way)
    if (state !== undefined) world.ha.push({ sid, state })
  },
  system: (_, guest, way) => {
    guest.osInfo = { ...guest.osInfo, ...pick(systems, way) }
  }
} satisfies Record<string, Way>
