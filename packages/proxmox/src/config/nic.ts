import type { Nic } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { defined } from '../defined.ts'
import { numberFrom } from '../wire/tolerant.ts'
import { cidrFrom } from './address.ts'
import { macFrom } from './mac.ts'
import { propertiesFrom, propertyFlag, propertyInteger } from './property-string.ts'

type GuestNic = Static<typeof Nic>

const KNOWN = new Set(
  'model macaddr bridge tag trunks firewall link_down mtu queues rate host-tunnel'.split(' ')
)
const VLAN_MAX = 4094

/** Pure: `virtio=BC:24:11:…,bridge=vmbr0,tag=5` (PVE::QemuServer::Network). @param ipconfig its ipconfigN, if any */
export function qemuNicFrom(slot: string, text: string, ipconfig: string | undefined): GuestNic {
  const properties = propertiesFrom(text, 'model')
  // MODEL=MAC: the model is itself the key; a model newer than this code is told by its MAC.
  const short = [...properties].find(([key, value]) => !KNOWN.has(key) && macFrom(value))
  const intent = propertiesFrom(ipconfig ?? '', 'ip')
  return nicFrom(slot, properties, {
    model: short?.[0] ?? properties.get('model') ?? 'unknown',
    mac: macFrom(short?.[1] ?? properties.get('macaddr')),
    addresses: [intent.get('ip'), intent.get('ip6')]
  })
}

/** Pure: `name=eth0,bridge=vmbr0,hwaddr=…,ip=192.0.2.5/24` (PVE::LXC::Config). */
export function lxcNicFrom(slot: string, text: string): GuestNic {
  const properties = propertiesFrom(text, 'name')
  const nic = nicFrom(slot, properties, {
    model: properties.get('type') ?? 'veth',
    mac: macFrom(properties.get('hwaddr')),
    addresses: [properties.get('ip'), properties.get('ip6')]
  })
  return defined({ ...nic, guestName: properties.get('name') })
}

function nicFrom(
  slot: string,
  properties: ReadonlyMap<string, string>,
  own: { model: string; mac: string | undefined; addresses: (string | undefined)[] }
): GuestNic {
  const vlan = propertyInteger(properties, 'tag')
  return defined({
    slot,
    model: own.model,
    mac: own.mac,
    bridge: properties.get('bridge'),
    vlan: vlan !== undefined && vlan >= 1 && vlan <= VLAN_MAX ? vlan : undefined,
    trunks: trunksFrom(properties.get('trunks') ?? ''),
    linkDown: propertyFlag(properties, 'link_down'),
    firewall: propertyFlag(properties, 'firewall'),
    mtu: propertyInteger(properties, 'mtu'),
    addresses: own.addresses.map(cidrFrom).filter((cidr) => cidr !== undefined),
    rateMBps: numberFrom(properties.get('rate'))
  })
}

/** Pure: `10;20-30` as sorted ids; what lies outside 1–4094 is no VLAN. */
function trunksFrom(text: string): number[] {
  const ids = new Set<number>()
  for (const part of text.split(';')) {
    const match = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part)
    if (match === null) continue
    const first = Math.max(1, Number(match[1]))
    const last = Math.min(VLAN_MAX, Number(match[2] ?? match[1]))
    for (let id = first; id <= last; id++) ids.add(id)
  }
  return [...ids].sort((a, b) => a - b)
}
