import { addError } from '../engine/errors.ts'
import type { Model, Rules } from '../engine/model.ts'
import type { Row } from '../engine/row.ts'
import { comments, constant, description, generic, genericTarget } from './fields.ts'
import { assignedFilters, checkGeneric } from './rules.ts'

const MAC = 'dcim.macaddress'

function isPrimary(row: Row, { store }: Pick<Rules, 'store'>): boolean {
  const { assigned_object_type: type, assigned_object_id: id } = row
  return typeof type === 'string' && store.get(type, id)?.primary_mac_address === row.id
}

const macAddress: Model = {
  key: MAC,
  path: '/dcim/mac-addresses/',
  className: 'MACAddress',
  verbose: 'MAC address',
  tags: true,
  customFields: true,
  fields: [
    { name: 'mac_address', kind: 'mac', required: true },
    ...generic('assigned_object', ['dcim.interface', 'virtualization.vminterface']),
    description,
    comments
  ],
  computed: [
    genericTarget('assigned_object'),
    { name: 'is_primary', since: 7, value: (row, { context }) => isPrimary(row, context) },
    constant('owner', null)
  ],
  nested: ['mac_address', 'description'],
  ordering: ['mac_address'],
  search: ['mac_address', 'description'],
  indexes: { mac_address: (row) => String(row.mac_address) },
  filters: {
    ...assignedFilters(MAC),
    mac_address: {
      check: (value) =>
        /^([0-9a-f]{2}[:.-]?){6}$/i.test(value)
          ? undefined
          : `Invalid MAC address format: ${value}`,
      match: (row, value) =>
        String(row.mac_address).replaceAll(':', '') === value.replaceAll(/[:.-]/g, '').toUpperCase()
    },
    primary: {
      match: (row, value, context) => isPrimary(row, context) === (value.toLowerCase() === 'true')
    }
  },
  display: (row) => String(row.mac_address),
  prepare: (draft, _before, rules) => checkGeneric('assigned_object', draft, rules),
  clean: (draft, before, rules) => {
    if (!before || !isPrimary(before, rules)) return
    const isSame =
      draft.assigned_object_type === before.assigned_object_type &&
      draft.assigned_object_id === before.assigned_object_id
    if (isSame) return
    const verb = draft.assigned_object_id === null ? 'unassign' : 'reassign'
    const text = `Cannot ${verb} MAC Address while it is designated as the primary MAC for an object`
    addError(rules.errors, '__all__', text)
  }
}

export const macAddresses: readonly Model[] = [macAddress]
