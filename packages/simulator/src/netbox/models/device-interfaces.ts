import { addError } from '../engine/errors.ts'
import { keyed } from '../engine/keyed.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Draft, Row } from '../engine/row.ts'
import {
  choice,
  constant,
  constants,
  description,
  flag,
  integer,
  reference,
  requiredReference,
  requiredText,
  text
} from './fields.ts'
import {
  addressing,
  checkInterface,
  checkMacInput,
  dropVlans,
  interfaceComputed,
  settleMacs
} from './interface-rules.ts'
import { INTERFACE_TYPES } from './interface-types.ts'
import { nameOf } from './rules.ts'

const DEVICE = 'dcim.device'
const INTERFACE = 'dcim.interface'

const SELF = {
  parent: 'An interface cannot be its own parent.',
  bridge: 'An interface cannot be bridged to itself.',
  lag: 'A LAG interface cannot be its own parent.'
}

function checkKind(draft: Draft, before: Row | undefined, rules: Rules): void {
  const { store, errors, minor } = rules
  const parent = store.get(INTERFACE, draft.parent)
  const lag = store.get(INTERFACE, draft.lag)
  const say = (field: string, message: string) => addError(errors, field, message)
  if (parent && draft.type !== 'virtual') {
    say(
      'parent',
      minor >= 7
        ? 'Only virtual interfaces, or a channel subinterface with a channel ID assigned, may be assigned to a parent interface.'
        : 'Only virtual interfaces may be assigned to a parent interface.'
    )
  }
  if (lag && draft.type === 'virtual')
    say('lag', 'Virtual interfaces cannot have a parent LAG interface.')
  for (const [field, other] of [
    ['parent', parent],
    ['bridge', store.get(INTERFACE, draft.bridge)],
    ['lag', lag]
  ] as const) {
    if (other && other.id === before?.id) say(field, SELF[field])
    if (!other || other.device === draft.device) continue
    const owner = nameOf(store.get(DEVICE, other.device))
    const called = field === 'lag' ? 'LAG' : field
    say(
      field,
      `The selected ${called} interface (${other.name}) belongs to a different device (${owner}).`
    )
  }
}

/** Stricter than a VM's interface: VLANs that the mode does not carry are refused. */
function checkVlans(draft: Draft, { store, errors }: Rules): void {
  const isTagging = draft.mode === 'tagged'
  const carriesUntagged = ['access', 'tagged', 'tagged-all'].includes(String(draft.mode))
  if (draft.untagged_vlan !== null && !carriesUntagged) {
    addError(errors, 'untagged_vlan', 'Interface mode does not support untagged vlan')
  }
  if (Array.isArray(draft.tagged_vlans) && draft.tagged_vlans.length > 0 && !isTagging) {
    addError(errors, 'tagged_vlans', 'Interface mode does not support tagged vlans')
  }
  const vlan = store.get('ipam.vlan', draft.untagged_vlan)
  if (!vlan || vlan.site === null || vlan.site === store.get(DEVICE, draft.device)?.site) return
  const text = `The untagged VLAN (${vlan.name} (${vlan.vid})) must belong to the same site as the interface's parent device, or it must be global.`
  addError(errors, 'untagged_vlan', text)
}

const CABLE = [
  'module',
  'rf_role',
  'rf_channel',
  'poe_mode',
  'poe_type',
  'rf_channel_frequency',
  'rf_channel_width',
  'tx_power',
  'vlan_translation_policy',
  'cable',
  'cable_end',
  'wireless_link',
  'link_peers_type',
  'l2vpn_termination',
  'connected_endpoints',
  'connected_endpoints_type',
  'owner'
]

const NESTED = ['display_url', 'device', 'name', 'cable', '_occupied']

const deviceInterface: Model = {
  key: INTERFACE,
  path: '/dcim/interfaces/',
  className: 'Interface',
  verbose: 'interface',
  tags: true,
  customFields: true,
  owns: ['dcim.macaddress', 'ipam.ipaddress'],
  fields: [
    requiredReference('device', DEVICE, { onDelete: 'cascade' }),
    requiredText('name', 64),
    text('label', 64),
    choice('type', INTERFACE_TYPES, { required: true }),
    flag('enabled', true),
    reference('parent', INTERFACE, { onDelete: 'protect', nestedAs: NESTED }),
    reference('bridge', INTERFACE, { nestedAs: NESTED }),
    reference('lag', INTERFACE, { nestedAs: NESTED }),
    integer('mtu', { min: 1, max: 65_536 }),
    integer('speed', { min: 0 }),
    choice('duplex', ['half', 'full', 'auto'], { nullable: true }),
    { name: 'wwn', kind: 'json', nullable: true },
    flag('mgmt_only', false),
    description,
    ...addressing,
    flag('mark_connected', false)
  ],
  computed: [
    ...interfaceComputed(INTERFACE),
    ...constants(null, CABLE),
    ...constants([], ['vdcs', 'bridge_interfaces', 'link_peers', 'wireless_lans']),
    ...constants(false, ['connected_endpoints_reachable', '_occupied']),
    constant('channels', null, 7),
    constant('channel_id', null, 7),
    constant('count_fhrp_groups', 0)
  ],
  nested: ['device', 'name', 'description', 'cable', '_occupied'],
  ordering: ['device', 'name'],
  search: ['name', 'label', 'description'],
  unique: [
    {
      key: (row) => keyed(row.device, row.name),
      message: 'Interface with this Device and Name already exists.'
    }
  ],
  display: nameOf,
  prepare: (draft, _before, rules) => checkVlans(draft, rules),
  clean: (draft, before, rules) => {
    checkMacInput(draft, before, rules)
    checkInterface(INTERFACE, draft, before, rules)
    checkKind(draft, before, rules)
  },
  fill: dropVlans,
  saved: (row, before, context) => settleMacs(INTERFACE, row, before, context)
}

export const deviceInterfaces: readonly Model[] = [deviceInterface]
