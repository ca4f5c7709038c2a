import { type Fields, type Guest, type Item, versionHas } from '@proxbox/contracts'
import { clusterKey, deviceKey, guestKey, scaffoldKey, tagKey } from '../key-of.ts'
import { type DesiredOptions, knownNames } from '../options.ts'
import { ownTags, type Placed } from './clusters.ts'
import { inUnits } from './disks.ts'
import { evidenceOf } from './evidence.ts'
import { isTemplate } from './is-template.ts'
import { linkStart } from './links.ts'
import { nameNotices, plainText, slugOf, uniqueNames } from './names.ts'
import { platform, platformEvidence } from './platforms.ts'
import type { Reference } from './reference.ts'
import { tagWanted } from './tags.ts'

const statuses: Partial<Record<Guest['status'], string>> = {
  running: 'active',
  prelaunch: 'active',
  'io-error': 'active',
  'internal-error': 'active',
  stopped: 'offline',
  paused: 'paused',
  suspended: 'paused'
}

/** Pure: NetBox's status for what the list of guests says, lock or no lock; undefined where it says nothing. */
export const listedStatus = (guest: Guest): string | undefined => statuses[guest.status]

/** Pure: NetBox's status; undefined while a lock or a dead node makes it unknown. */
const statusOf = (guest: Guest): string | undefined =>
  (guest.lock ?? guest.config?.lock) === undefined ? listedStatus(guest) : undefined

/** Pure: the names of all guests of a cluster, unique in NetBox's eyes. */
export function guestNames({ cluster }: Placed, options: DesiredOptions) {
  const named = cluster.guests.flatMap((guest) => {
    const key = guestKey(cluster.clusterId, guest.type, guest.vmid)
    const name = guest.config?.name ?? guest.name ?? options.lastNames?.get(key)
    if (isTemplate(guest) && options.settings.templates === 'exclude') return []
    return name === undefined || name.trim() === ''
      ? []
      : [{ key, name, suffix: ` (${guest.vmid})`, rank: guest.vmid }]
  })
  const scope = `vm:${cluster.clusterId}/`
  const names = uniqueNames(named, 64, scope, knownNames(options))
  return { names, notices: nameNotices(named, names, 64) }
}

function configFields(guest: Guest, placed: Placed, options: DesiredOptions): Fields {
  const { config } = guest
  if (config === undefined) return {}
  return {
    memory: inUnits(config.memoryMiB * 1024 ** 2, options.endpoint.ramBase),
    ...(config.vcpus === undefined ? {} : { vcpus: config.vcpus }),
    start_on_boot: config.onBoot ? 'on' : 'off',
    ...(placed.connection.notes ? { comments: plainText(config.description ?? '') } : {}),
    ...(config.smbiosSerial ? { serial: config.smbiosSerial } : {}),
    'cf.proxmox_start_at_boot': config.onBoot,
    ...(guest.type === 'lxc' && config.unprivileged !== undefined
      ? { 'cf.proxmox_unprivileged_container': config.unprivileged }
      : {}),
    ...(guest.type === 'qemu' ? { 'cf.proxmox_qemu_agent': config.agentEnabled } : {}),
    'cf.proxmox_search_domain': config.searchDomain || null
  }
}

function customValues(guest: Guest, placed: Placed): Fields {
  const link = linkStart(placed.connection.linkBase)
  return {
    'cf.proxmox_vm_id': guest.vmid,
    'cf.proxmox_vm_type': guest.type,
    'cf.proxmox_cluster': placed.label,
    'cf.proxmox_node': guest.node,
    ...(guest.os?.prettyName ? { 'cf.proxmox_os': guest.os.prettyName } : {}),
    // Empty is known: who has left the pool is in none.
    ...(guest.pool === undefined ? {} : { 'cf.proxmox_pool': guest.pool || null }),
    ...(guest.haState === undefined ? {} : { 'cf.proxmox_ha_state': guest.haState || null }),
    ...(link !== undefined
      ? { 'cf.proxmox_link': `${link}/#v1:0:=${guest.type}%2F${guest.vmid}` }
      : {})
  }
}

function roleFields(guest: Guest, version: string): Fields {
  const qemu = guest.type === 'qemu'
  const role = qemu ? 'virtual-machine-qemu' : 'container-lxc'
  const type = qemu ? 'qemu-virtual-machine' : 'lxc-container'
  return {
    role: { ref: scaffoldKey('device-role', role) },
    ...(versionHas(version, '4.6')
      ? { virtual_machine_type: { ref: scaffoldKey('vm-type', type) } }
      : {})
  }
}

function placeFields(guest: Guest, placed: Placed, options: DesiredOptions): Fields {
  const node = placed.cluster.nodes.find((one) => one.name === guest.node)
  return {
    cluster: { ref: clusterKey(placed.cluster.clusterId) },
    site: { ref: placed.site },
    ...(options.endpoint.pinToNode && node ? { device: { ref: deviceKey(node.nodeId) } } : {}),
    ...(placed.tenant === undefined ? {} : { tenant: { ref: placed.tenant } })
  }
}

function tagFields(guest: Guest, options: DesiredOptions): Fields {
  const tags = guest.config?.tags ?? guest.tags
  const wanted = (tags ?? []).filter((tag) => tagWanted(options.settings.tags, tag))
  const slugs = new Set(wanted.map(slugOf).filter((slug) => slug !== ''))
  for (const own of ownTags(options)) slugs.delete(own.ref.slice('tag:'.length))
  const refs = [...slugs].sort().map((slug) => ({ ref: tagKey(slug) }))
  return tags === undefined ? {} : { tags: [...ownTags(options), ...refs] }
}

/** Pure: the VirtualMachine of a guest, with the platform that it may need; what is unknown is absent. */
export function vmItems(
  guest: Guest,
  name: string,
  placed: Placed,
  { options, reference }: { options: DesiredOptions; reference: Reference }
): readonly Item[] {
  const key = guestKey(placed.cluster.clusterId, guest.type, guest.vmid)
  const status = statusOf(guest)
  const os = platform(guest, key, { options, reference })
  const item: Item = {
    key,
    kind: 'vm',
    fields: {
      name,
      ...(status === undefined ? {} : { status }),
      ...placeFields(guest, placed, options),
      ...configFields(guest, placed, options),
      ...roleFields(guest, options.netboxVersion),
      ...os.fields,
      ...customValues(guest, placed),
      ...tagFields(guest, options)
    },
    sources: {
      name: 'config.name',
      status: 'cluster/resources status',
      memory: 'config.memory',
      vcpus: guest.type === 'qemu' ? 'config.sockets × config.cores' : 'config.cores',
      comments: 'config.description',
      tags: 'config.tags'
    },
    evidence: {
      ...evidenceOf(guest),
      ...platformEvidence(guest, options.platformKnown?.has(key) === true)
    }
  }
  return [...os.items, item]
}
