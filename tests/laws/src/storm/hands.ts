import fc from 'fast-check'
import { type NetBoxSide, Refused } from '../sides/netbox-side.ts'

type Row = Readonly<Record<string, unknown>> & { readonly id: number }

/** One deed of a person in NetBox: to which object, and in which of the forms that it has. */
export interface Deed {
  readonly what: keyof typeof deeds
  readonly which: number
  readonly way: number
}

// Callers give constants that are not empty, so the index always meets one.
const pick = <T>(all: readonly T[], index: number): T => all[index % all.length] as T

const isRow = (one: unknown): one is Row =>
  typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'number'

/** What a person sees and does; what NetBox refuses did not happen. */
class Hand {
  private readonly netbox: NetBoxSide
  readonly which: number
  readonly way: number

  constructor(netbox: NetBoxSide, { which, way }: Deed) {
    this.netbox = netbox
    this.which = which
    this.way = way
  }

  async rows(path: string): Promise<readonly Row[]> {
    const page = await this.netbox.call('GET', `${path}?limit=1000&ordering=id`)
    const isPage = typeof page === 'object' && page !== null && 'results' in page
    return isPage && Array.isArray(page.results) ? page.results.filter(isRow) : []
  }

  /** One of them, by the number of the deed. */
  async one(path: string, next = 0): Promise<Row | undefined> {
    const rows = await this.rows(path)
    return rows.length === 0 ? undefined : pick(rows, this.which + next)
  }

  private async act(method: string, path: string, body?: unknown): Promise<Row | undefined> {
    try {
      const made = await this.netbox.call(method, path, body)
      const [one] = [made].flat()
      return isRow(one) ? one : undefined
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return undefined
    }
  }

  add = (path: string, body: object) => this.act('POST', path, [body])
  change = async (path: string, body: object, row?: Row) => {
    const one = row ?? (await this.one(path))
    if (one !== undefined) await this.act('PATCH', `${path}${one.id}/`, body)
  }
  remove = async (path: string, row?: Row) => {
    const one = row ?? (await this.one(path))
    if (one !== undefined) await this.act('DELETE', `${path}${one.id}/`)
  }
}

const vms = 'virtualization/virtual-machines/'
const clusters = 'virtualization/clusters/'
const ports = 'virtualization/interfaces/'
const disks = 'virtualization/virtual-disks/'
const devices = 'dcim/devices/'
const cards = 'dcim/interfaces/'
const macs = 'dcim/mac-addresses/'
const sites = 'dcim/sites/'
const addresses = 'ipam/ip-addresses/'
const fields = 'extras/custom-fields/'
const tags = 'extras/tags/'

const nested = (row: Row | undefined, field: string): number | null => {
  const value = row?.[field]
  return isRow(value) ? value.id : null
}

/** Of each path an object goes; NetBox protects some. */
const deletable = [
  [vms, ports, disks, addresses, macs, cards],
  ['ipam/vlans/', 'ipam/vlan-groups/', 'dcim/platforms/', 'dcim/device-roles/', clusters, devices]
].flat()

const siteOf = async (hand: Hand): Promise<Row | undefined> =>
  (await hand.rows(sites)).find(({ slug }) => slug === 'second') ??
  (await hand.add(sites, { name: 'Second', slug: 'second' }))

const tenantOf = async (hand: Hand): Promise<Row | undefined> =>
  (await hand.rows('tenancy/tenants/')).at(0) ??
  (await hand.add('tenancy/tenants/', { name: 'Tenant', slug: 'tenant' }))

const vrfOf = async (hand: Hand): Promise<Row | undefined> =>
  (await hand.rows('ipam/vrfs/')).at(0) ?? (await hand.add('ipam/vrfs/', { name: 'red' }))

const onPort = (row: Row | undefined) => ({
  assigned_object_type: 'virtualization.vminterface',
  assigned_object_id: row?.id
})

type Act = (hand: Hand) => Promise<unknown>
const deeds = {
  delete: (hand) => hand.remove(pick(deletable, hand.way)),
  'delete custom field': (hand) => hand.remove(fields),
  'narrow custom field': (hand) =>
    hand.change(fields, { object_types: ['virtualization.virtualmachine'], ui_editable: 'yes' }),
  'other type of custom field': async (hand) => {
    const row = await hand.one(fields)
    if (row === undefined) return
    await hand.remove(fields, row)
    const { name, object_types } = row
    await hand.add(fields, { name, object_types, type: pick(['text', 'integer'], hand.way) })
  },
  'delete tag': (hand) => hand.remove(tags),
  'rename tag': (hand) =>
    hand.change(
      tags,
      pick([{ name: 'by hand' }, { slug: 'by-hand' }, { color: '123456' }], hand.way)
    ),
  'no tags': (hand) => hand.change(pick([vms, devices, clusters], hand.way), { tags: [] }),
  'rename part': (hand) =>
    hand.change(pick([ports, disks, cards], hand.way), {
      name: pick(['eth9', 'net1', 'scsi1'], hand.way)
    }),
  tenant: async (hand) =>
    hand.change(pick([vms, clusters, devices], hand.way), { tenant: (await tenantOf(hand))?.id }),
  'cluster elsewhere': async (hand) => {
    const id = (await siteOf(hand))?.id
    const site = { scope_type: 'dcim.site', scope_id: id }
    await hand.change(clusters, pick([site, { scope_type: null, scope_id: null }, site], hand.way))
  },
  'device elsewhere': async (hand) => {
    const site = (await siteOf(hand))?.id
    await hand.change(devices, pick([{ cluster: null }, { cluster: null, site }], hand.way))
  },
  'vm elsewhere': async (hand) => {
    const type = (await hand.one('virtualization/cluster-types/'))?.id
    const cluster = (await hand.add(clusters, { name: 'by hand', type }))?.id
    await hand.change(vms, pick([{ cluster, device: null }, { device: null }], hand.way))
  },
  vrf: async (hand) => hand.change(addresses, { vrf: (await vrfOf(hand))?.id }),
  prefix: async (hand) => {
    const vrf = hand.way % 3 === 0 ? null : (await vrfOf(hand))?.id
    const prefix = pick(['10.0.0.0/8', '10.9.0.0/24', '2001:db8::/32', '192.168.0.0/16'], hand.way)
    await hand.add('ipam/prefixes/', { prefix, vrf })
  },
  'address once more': async (hand) => {
    const row = await hand.one(addresses)
    const port = hand.way % 2 === 0 ? onPort(await hand.one(ports, hand.way)) : {}
    if (row !== undefined) await hand.add(addresses, { address: row.address, ...port })
  },
  'address elsewhere': async (hand) => {
    const nowhere = { assigned_object_type: null, assigned_object_id: null }
    await hand.change(
      addresses,
      hand.way % 2 === 0 ? nowhere : onPort(await hand.one(ports, hand.way))
    )
  },
  'other mask': async (hand) => {
    const row = await hand.one(addresses)
    const host = String(row?.address).split('/')[0]
    if (row !== undefined)
      await hand.change(addresses, { address: `${host}/${pick([25, 64, 32], hand.way)}` }, row)
  },
  'address of a group': async (hand) => {
    const group = await hand.add('ipam/fhrp-groups/', {
      protocol: 'vrrp2',
      group_id: 1 + hand.which
    })
    const at = { assigned_object_type: 'ipam.fhrpgroup', assigned_object_id: group?.id }
    await hand.change(addresses, at)
  },
  'no primary': (hand) =>
    hand.change(pick([vms, devices], hand.way), { primary_ip4: null, primary_ip6: null }),
  'no primary mac': (hand) =>
    hand.change(pick([ports, cards], hand.way), { primary_mac_address: null }),
  'second mac': async (hand) => {
    const at = onPort(await hand.one(ports))
    await hand.add(macs, {
      mac_address: pick(['BC:24:11:FF:00:01', '02:00:00:00:00:01'], hand.way),
      ...at
    })
  },
  'mac elsewhere': async (hand) => hand.change(macs, onPort(await hand.one(ports, hand.way))),
  'no identity': (hand) => {
    const blank = pick(
      [
        { proxmox_vm_id: null },
        { proxmox_cluster: null },
        { proxmox_vm_type: null },
        { proxmox_node: null }
      ],
      hand.way
    )
    return hand.change(pick([vms, devices, clusters], hand.way), { custom_fields: blank })
  },
  'identity of another': async (hand) => {
    const other = await hand.one(vms, 1)
    await hand.change(vms, { custom_fields: other?.custom_fields })
  },
  'names change places': async (hand) => {
    const path = pick([vms, ports, disks], hand.way)
    const [one, other] = [await hand.one(path), await hand.one(path, 1)]
    if (one === undefined || other === undefined || one.id === other.id) return
    await hand.change(path, { name: 'between' }, one)
    await hand.change(path, { name: one.name }, other)
    await hand.change(path, { name: other.name }, one)
  },
  'vm of its name': async (hand) => {
    const names = ['web-100', 'db-101', 'WEB-100', 'web', 'mail-102']
    const cluster = (await hand.rows(clusters)).at(0)?.id
    const tenant = hand.way % 2 === 0 ? (await tenantOf(hand))?.id : null
    if (cluster !== undefined)
      await hand.add(vms, { name: pick(names, hand.which), cluster, tenant })
  },
  'device of its name': async (hand) => {
    const [type, role] = [
      await hand.one('dcim/device-types/'),
      await hand.one('dcim/device-roles/')
    ]
    const site = hand.way % 2 === 0 ? (await hand.rows(sites)).at(0) : await siteOf(hand)
    const name = pick(['pve1', 'PVE2.example.org', 'alpha'], hand.which)
    if (type !== undefined && role !== undefined)
      await hand.add(devices, { name, device_type: type.id, role: role.id, site: site?.id })
  },
  'cluster of its name': async (hand) => {
    const type =
      (await hand.rows('virtualization/cluster-types/')).at(0) ??
      (await hand.add('virtualization/cluster-types/', { name: 'Other', slug: 'other' }))
    const site = hand.way % 2 === 0 ? (await hand.rows(sites)).at(0) : await siteOf(hand)
    const scope = hand.way % 3 === 0 ? {} : { scope_type: 'dcim.site', scope_id: site?.id }
    await hand.add(clusters, { name: 'lab', type: type?.id, ...scope })
  },
  'part by hand': async (hand) => {
    const vm = (await hand.one(vms))?.id
    const name = pick(['eth0', 'net0', 'scsi0', 'scsi1', 'ens18'], hand.way)
    if (hand.way % 2 === 0) await hand.add(ports, { virtual_machine: vm, name })
    else await hand.add(disks, { virtual_machine: vm, name, size: 4096 })
  },
  'vlan by hand': async (hand) => {
    const vid = pick([10, 20, 30, 110], hand.way)
    const group = hand.which % 2 === 0 ? null : nested(await hand.one('ipam/vlans/'), 'group')
    const site = hand.which % 3 === 0 ? (await hand.rows(sites)).at(0)?.id : null
    await hand.add('ipam/vlans/', { vid, name: `by hand ${vid}`, group, site })
  },
  'tag by hand': (hand) =>
    hand.add(
      tags,
      pick(
        [
          { name: 'Web', slug: 'web' },
          { name: 'prod', slug: 'production' },
          { name: 'PROD', slug: 'prod' }
        ],
        hand.way
      )
    ),
  'platform by hand': (hand) =>
    hand.add(
      'dcim/platforms/',
      pick(
        [
          { name: 'debian 12', slug: 'deb12' },
          { name: 'Debian', slug: 'debian-12' }
        ],
        hand.way
      )
    ),
  service: async (hand) => {
    const vm = await hand.one(vms)
    const parent =
      'parent_object_type' in (vm ?? {})
        ? {}
        : { parent_object_type: 'virtualization.virtualmachine', parent_object_id: vm?.id }
    await hand.add('ipam/services/', { name: 'ssh', protocol: 'tcp', ports: [22], ...parent })
  }
} satisfies Record<string, Act>

// `satisfies` above keeps the keys: they are exactly these.
const whats = Object.keys(deeds) as Deed['what'][]

export const handiwork: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({ what: fc.constantFrom(...whats), which: fc.nat(9), way: fc.nat(11) }),
  { maxLength: 3 }
)

/** A person does all of it, one after the other. */
export async function doAll(netbox: NetBoxSide, all: readonly Deed[]): Promise<void> {
  for (const deed of all) await deeds[deed.what](new Hand(netbox, deed))
}
