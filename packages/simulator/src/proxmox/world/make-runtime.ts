import { nextAddress, secondFamily } from './addresses.ts'
import type { Random } from './random.ts'
import type { AgentBehaviour, Config, OsInfo, RuntimeInterface, World } from './world-shape.ts'

const LOOPBACK: RuntimeInterface = {
  name: 'lo',
  mac: '00:00:00:00:00:00',
  addresses: [
    { address: '127.0.0.1', family: 4, prefix: 8 },
    { address: '::1', family: 6, prefix: 128 }
  ]
}

/**
 * What the inside of a guest shows for its configured NICs, in order, after the loopback: one unique address each,
 * sometimes an IPv6 link-local one, sometimes Docker's bridge, whose address is the same everywhere.
 */
export function runtimeOf(world: World, config: Config, random: Random): RuntimeInterface[] {
  const macs = Object.keys(config)
    .filter((key) => /^net\d+$/.test(key))
    .sort()
    .map((key) => /(?:[0-9A-F]{2}:){5}[0-9A-F]{2}/i.exec(String(config[key]))?.[0].toLowerCase())
  const isWindows = String(config.ostype).startsWith('win')
  const nics = macs.map((mac, index): RuntimeInterface => {
    const first = nextAddress(world)
    const addresses = random.chance(0.1) ? [first, secondFamily(first)] : [first]
    if (random.chance(0.6)) {
      const zone = isWindows ? `%${index + 4}` : ''
      addresses.push({ address: `fe80::be24:11ff:fe${hextets(mac)}${zone}`, family: 6, prefix: 64 })
    }
    const name = isWindows ? `Ethernet ${index + 1}` : `ens${18 + index}`
    return { name, ...(mac === undefined ? {} : { mac }), addresses }
  })
  return [structuredClone(LOOPBACK), ...nics, ...(random.chance(0.15) ? docker(random) : [])]
}

/** About one agent in two answers; the rest shows every way of failing. */
export function makeAgent(random: Random): AgentBehaviour {
  const roll = random.next()
  if (roll < 0.68) return 'answers'
  if (roll < 0.72) return 'silent'
  if (roll < 0.75) return 'error-in-200'
  if (roll < 0.76) return 'nonsense'
  if (roll < 0.78) return 'empty'
  return 'none'
}

/** What the agent tells about the system inside; Windows when the config's `ostype` says so. */
export function makeOsInfo(random: Random, ostype: unknown = 'l26'): OsInfo {
  return String(ostype).startsWith('win') ? WINDOWS : random.pick([DEBIAN, UBUNTU])
}

const DEBIAN: OsInfo = {
  id: 'debian',
  name: 'Debian GNU/Linux',
  prettyName: 'Debian GNU/Linux 12 (bookworm)',
  version: '12 (bookworm)',
  versionId: '12',
  kernelRelease: '6.1.0-21-amd64'
}
const UBUNTU: OsInfo = {
  id: 'ubuntu',
  name: 'Ubuntu',
  prettyName: 'Ubuntu 24.04.1 LTS',
  version: '24.04.1 LTS (Noble Numbat)',
  versionId: '24.04',
  kernelRelease: '6.8.0-45-generic'
}
const WINDOWS: OsInfo = {
  id: 'mswindows',
  name: 'Microsoft Windows',
  prettyName: 'Windows Server 2022 Standard',
  version: 'Microsoft Windows Server 2022',
  versionId: '2022',
  kernelRelease: '20348'
}

function docker(random: Random): RuntimeInterface[] {
  return [
    {
      name: 'docker0',
      mac: `02:42:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`,
      addresses: [{ address: '172.17.0.1', family: 4, prefix: 16 }]
    },
    { name: `veth${random.hex(7)}`, mac: `6a:11:22:33:44:${random.hex(2)}`, addresses: [] }
  ]
}

function hextets(mac: string | undefined): string {
  const parts = (mac ?? '00:00:00:00:00:00').split(':')
  return `${parts[3]}:${parts[4]}${parts[5]}`
}
