import { defaultSettings, type Policy } from '@proxbox/contracts'
import { type SessionOptions, syncTypes } from '../session.ts'
import { pick } from './way.ts'

/** Another answer to one question of a NetBox Endpoint, a Proxmox Endpoint or the settings. */
export type SettingWay = (options: SessionOptions, way: number) => SessionOptions

type Endpoint = NonNullable<SessionOptions['endpoint']>

const onEndpoint =
  (choice: (way: number, endpoint: Endpoint) => Endpoint): SettingWay =>
  (options, way) => ({
    ...options,
    endpoint: { ...options.endpoint, ...choice(way, options.endpoint ?? {}) }
  })

const onRun =
  (choice: (way: number) => NonNullable<SessionOptions['more']>): SettingWay =>
  (options, way) => ({ ...options, more: { ...options.more, ...choice(way) } })

/** Fields of each sort, under policies that a NetBox Endpoint may give them. */
const policies: readonly (readonly [string, readonly Policy[]])[] = [
  ['vm.name', ['source', 'fill']],
  ['vm.status', ['merge', 'fill']],
  ['vm.memory', ['merge', 'fill']],
  ['vm.comments', ['source', 'fill']],
  ['vm.tags', ['fill']],
  ['vm.device', ['source', 'fill']],
  ['vm.platform', ['source', 'fill']],
  ['vm.primary_ip4', ['source', 'merge', 'fill']],
  ['vm.cf.proxmox_node', ['source', 'merge', 'fill']],
  ['device.name', ['source', 'fill']],
  ['device.status', ['source', 'merge']],
  ['vm-interface.name', ['source', 'fill']],
  ['vm-interface.enabled', ['merge', 'fill']],
  ['vm-interface.mode', ['merge', 'fill']],
  ['vm-interface.untagged_vlan', ['merge', 'fill']],
  ['interface.description', ['source', 'fill']],
  ['interface.mtu', ['merge', 'fill']],
  ['disk.size', ['source', 'merge', 'fill']],
  ['ip-address.status', ['source', 'fill']],
  ['ip-address.dns_name', ['source', 'merge']]
]

/** What people set otherwise between two Runs. */
export const settingWays = {
  policy: onEndpoint((way, { policies: known = {} }) => {
    const [field, some] = pick(policies, way)
    return { policies: { ...known, [field]: pick(some, Math.floor(way / policies.length)) } }
  }),
  'no policies': onEndpoint(() => ({ policies: {} })),
  'missing guests': onEndpoint((way) => ({ missingPolicy: pick(['delete', 'keep'], way) })),
  'rebuilt guests': onEndpoint((way) => ({ rebuiltPolicy: pick(['follow', 'hold'], way) })),
  'primary addresses': onEndpoint((way) => ({
    primaryIpPolicy: pick(['always', 'never', 'prefer-subnet', 'when-unset'], way),
    primaryIpSubnet: '10.9.0.0/24'
  })),
  pinning: onEndpoint((way) => ({ pinToNode: way % 2 === 1 })),
  'making of vlans': onEndpoint((way) => ({ vlanCreate: way % 2 === 1 })),
  'making of platforms': onEndpoint((way) => ({ platformCreate: way % 2 === 1 })),
  units: onEndpoint((way) => ({
    ramBase: pick([1000, 1024], way),
    diskBase: pick([1000, 1024], way >> 1)
  })),
  'inner names': onRun((way) => ({ useGuestAgentInterfaceName: way % 2 === 1 })),
  stages: onRun((way) => ({ syncTypes: syncTypes.slice(0, 2 + (way % 4)) })),
  'guest tags and templates': onRun((way) => ({
    settings: {
      ...defaultSettings,
      tags: pick(['none', 'all'], way),
      templates: pick(['include', 'exclude'], way >> 1)
    }
  })),
  'endpoint of the cluster': (options, way) => ({
    ...options,
    connections: {
      caaaaaaaa: {
        notes: way % 2 === 0,
        linkBase: pick([null, 'https://pve.example.org:8006', 'https://10.0.0.1:8006'], way),
        tenant: pick([null, 'tenant'], way >> 1),
        site: pick([null, 'home', 'second'], way >> 2)
      }
    }
  })
} satisfies Record<string, SettingWay>
