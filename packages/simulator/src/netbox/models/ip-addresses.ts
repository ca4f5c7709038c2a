import { networkFrom } from '../engine/addresses.ts'
import { addError, broken } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Draft, Row } from '../engine/row.ts'
import {
  choice,
  comments,
  constant,
  description,
  generic,
  genericTarget,
  integer,
  reference,
  text
} from './fields.ts'
import { family, isInside, isUniqueSpace, tableOf } from './ipam.ts'
import { assignedFilters, checkGeneric, parentOf } from './rules.ts'

const IP = 'ipam.ipaddress'

const ROLES: [string, string][] = [
  ['loopback', 'Loopback'],
  ['secondary', 'Secondary'],
  ['anycast', 'Anycast'],
  ['vip', 'VIP'],
  ['vrrp', 'VRRP'],
  ['hsrp', 'HSRP'],
  ['glbp', 'GLBP'],
  ['carp', 'CARP']
]

const SHARED = new Set(['anycast', 'vip', 'vrrp', 'hsrp', 'glbp', 'carp'])

const DNS: [RegExp, string] = [
  /^([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?$/,
  'Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names'
]

const hostOf = (address: unknown) => networkFrom(String(address))?.host ?? ''

const ipAddress: Model = {
  key: IP,
  path: '/ipam/ip-addresses/',
  className: 'IPAddress',
  verbose: 'IP address',
  tags: true,
  customFields: true,
  fields: [
    { name: 'address', kind: 'address', required: true },
    reference('vrf', 'ipam.vrf', { onDelete: 'protect' }),
    reference('tenant', 'tenancy.tenant', { onDelete: 'protect' }),
    choice('status', ['active', 'reserved', 'deprecated', ['dhcp', 'DHCP'], ['slaac', 'SLAAC']], {
      default: 'active'
    }),
    choice('role', ROLES, { nullable: true }),
    ...generic('assigned_object', [
      'dcim.interface',
      'virtualization.vminterface',
      'ipam.fhrpgroup'
    ]),
    reference('nat_inside', IP),
    text('dns_name', 255, { pattern: DNS }),
    description,
    comments
  ],
  computed: [
    family('address'),
    genericTarget('assigned_object'),
    {
      name: 'nat_outside',
      value: (row, view) =>
        view.context.store
          .where(IP, 'nat_inside', row.id)
          .map(({ id }) => view.nested(IP, id, ['family', 'address']))
    },
    constant('owner', null)
  ],
  nested: ['family', 'address', 'description'],
  ordering: ['address'],
  search: ['address', 'dns_name', 'description'],
  indexes: {
    host: (row) => keyed(row.vrf, hostOf(row.address)),
    address: (row) => String(row.address)
  },
  filters: {
    ...assignedFilters(IP),
    address: {
      match: (row, value) =>
        value.includes('/')
          ? row.address === value || row.address === addressOf(value)
          : hostOf(row.address) === hostOf(value)
    },
    parent: { match: (row, value) => isInside(`${hostOf(row.address)}`, value) },
    family: { match: (row, value) => String(networkFrom(String(row.address))?.family) === value },
    assigned_to_interface: {
      match: (row, value) => (row.assigned_object_id !== null) === (value.toLowerCase() === 'true')
    }
  },
  display: (row) => String(row.address),
  prepare: (draft, _before, rules) => checkGeneric('assigned_object', draft, rules),
  clean: (draft, before, rules) => {
    checkAddress(draft)
    checkDuplicates(draft, before, rules)
    if (Object.keys(rules.errors).length > 0) return
    if (before) checkMove(draft, before, rules)
    if (draft.status === 'slaac' && networkFrom(String(draft.address))?.family !== 6) {
      addError(rules.errors, 'status', 'Only IPv6 addresses can be assigned SLAAC status')
    }
  },
  fill: (draft) => {
    draft.dns_name = String(draft.dns_name).toLowerCase()
  }
}

function addressOf(value: string): string | undefined {
  const network = networkFrom(value)
  return network && `${network.host}/${network.bits}`
}

function checkAddress(draft: Draft): void {
  const network = networkFrom(String(draft.address))
  if (!network) return
  const { host, bits, first, last } = network
  if (bits === 0) {
    const errors: Record<string, unknown> = {}
    addError(errors, 'address', 'Cannot create IP address with /0 mask.')
    throw Object.assign(broken(''), { errors })
  }
  if (draft.assigned_object_id === null) return
  const isPair = network.family === 4 ? bits >= 31 : bits >= 127
  if (isPair) return
  if (host === first)
    throw broken(`${host} is a network ID, which may not be assigned to an interface.`)
  if (network.family === 4 && host === last) {
    throw broken(`${host} is a broadcast address, which may not be assigned to an interface.`)
  }
}

/** The mask does not matter; addresses that may be shared by their role are allowed among themselves. */
function checkDuplicates(draft: Draft, before: Row | undefined, rules: Rules): void {
  if (!isUniqueSpace(draft.vrf, rules)) return
  const twins = rules.store
    .where(IP, 'host', keyed(draft.vrf, hostOf(draft.address)))
    .filter((twin) => twin.id !== before?.id)
  const [first] = twins
  if (!first) return
  if ([draft, ...twins].every(({ role }) => SHARED.has(String(role)))) return
  const text = `Duplicate IP address found in ${tableOf(draft.vrf, rules)}: ${first.address}`
  addError(rules.errors, 'address', text)
}

function checkMove(draft: Draft, before: Row, rules: Rules): void {
  const was = parentOf(before.assigned_object_type, before.assigned_object_id, rules)
  const is = parentOf(draft.assigned_object_type, draft.assigned_object_id, rules)
  if (!was || (was.model === is?.model && was.row.id === is.row.id)) return
  const { primary_ip4: v4, primary_ip6: v6, oob_ip: oob } = was.row
  const role =
    v4 === before.id || v6 === before.id ? 'primary' : oob === before.id ? 'OOB' : undefined
  if (!role) return
  throw broken(
    `Cannot reassign IP address while it is designated as the ${role} IP for the parent object`
  )
}

const fhrpGroup: Model = {
  key: 'ipam.fhrpgroup',
  path: '/ipam/fhrp-groups/',
  className: 'FHRPGroup',
  verbose: 'FHRP group',
  tags: true,
  customFields: true,
  owns: [IP],
  fields: [
    text('name', 100),
    choice(
      'protocol',
      [
        ['vrrp2', 'VRRPv2'],
        ['vrrp3', 'VRRPv3'],
        ['carp', 'CARP'],
        ['hsrp', 'HSRP'],
        ['glbp', 'GLBP'],
        ['clusterxl', 'ClusterXL'],
        ['other', 'Other']
      ],
      {
        required: true,
        plain: true
      }
    ),
    integer('group_id', { required: true, nullable: false, min: 0, max: 32_767 }),
    choice(
      'auth_type',
      [
        ['plaintext', 'Plaintext'],
        ['md5', 'MD5']
      ],
      { nullable: true, plain: true }
    ),
    text('auth_key', 255),
    description,
    comments
  ],
  computed: [
    constant('owner', null),
    {
      name: 'ip_addresses',
      value: (row, view) =>
        view.context.store
          .where(IP, 'assigned_object', `ipam.fhrpgroup\u0000${row.id}`)
          .map(({ id }) => view.nested(IP, id))
    }
  ],
  nested: ['protocol', 'group_id', 'description'],
  ordering: ['protocol', 'group_id'],
  search: ['name', 'description'],
  display: (row) => `${String(row.protocol) === 'vrrp2' ? 'VRRPv2' : row.protocol}: ${row.group_id}`
}

export const ipAddresses: readonly Model[] = [ipAddress, fhrpGroup]
