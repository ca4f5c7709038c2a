import { networkFrom } from '../engine/addresses.ts'
import { addError } from '../engine/errors.ts'
import type { Filter, Rules } from '../engine/model.ts'
import type { Draft, Row } from '../engine/row.ts'

/** Both halves of a generic reference, or none, and the object must exist. */
export function checkGeneric(base: string, draft: Draft, { store, errors }: Rules): void {
  const type = draft[`${base}_type`]
  const id = draft[`${base}_id`]
  if (errors[`${base}_type`] || errors[`${base}_id`]) return
  if (type === null && id === null) return
  if (type === null) addError(errors, `${base}_type`, 'This field cannot be null.')
  else if (id === null) addError(errors, `${base}_id`, 'This field cannot be null.')
  else if (!store.get(String(type), id)) {
    addError(errors, `${base}_id`, `Related object not found using the provided value: ${id}.`)
  }
}

/** Models with a scope of their own ask for its other half in their own words. */
export function checkScope(draft: Draft, rules: Rules): void {
  const { scope_type: type, scope_id: id } = draft
  if (rules.minor >= 7 && typeof type === 'string' && id === null && !rules.errors.scope_type) {
    addError(rules.errors, '__all__', `Please select a ${type.split('.')[1]}.`)
  } else checkGeneric('scope', draft, rules)
}

export const nameOf = (row: Row | undefined): string => String(row?.name ?? '')

/** The VM or device that an interface belongs to: its model and row. */
export function parentOf(
  type: unknown,
  id: unknown,
  { store }: Pick<Rules, 'store'>
): { model: string; row: Row } | undefined {
  if (typeof type !== 'string') return undefined
  const field = type === 'virtualization.vminterface' ? 'virtual_machine' : 'device'
  const model = field === 'device' ? 'dcim.device' : 'virtualization.virtualmachine'
  if (type !== 'virtualization.vminterface' && type !== 'dcim.interface') return undefined
  const row = store.get(model, store.get(type, id)?.[field])
  return row && { model, row }
}

/** A primary address: of the right family, and on one of this object's interfaces. */
export function checkPrimary(
  draft: Draft,
  before: Row | undefined,
  owner: { readonly model: string; readonly called: string },
  { store, errors }: Rules
): void {
  for (const family of [4, 6] as const) {
    const field = `primary_ip${family}`
    const ip = store.get('ipam.ipaddress', draft[field])
    if (!ip) continue
    const actual = networkFrom(String(ip.address))?.family
    if (actual !== family) {
      const text = `Must be an IPv${family} address. (${ip.address} is an IPv${actual} address.)`
      addError(errors, field, text)
      return
    }
    const nat = store.get('ipam.ipaddress', ip.nat_inside)
    const isOurs = [ip, nat].some((one) => {
      const parent = one && parentOf(one.assigned_object_type, one.assigned_object_id, { store })
      return parent?.model === owner.model && parent.row.id === before?.id
    })
    if (isOurs) continue
    const text = `The specified IP address (${ip.address}) is not assigned to this ${owner.called}.`
    addError(errors, field, text)
    return
  }
}

/** Filters through the interfaces of a VM or device (addresses, MACs). */
function byParent(
  model: string,
  through: { readonly type: string; readonly field: string }
): Filter {
  return {
    ids: (parents, { store }) =>
      parents
        .flatMap((parent) => [...store.ids(through.type, through.field, parent)])
        .flatMap((id) => [...store.ids(model, 'assigned_object', `${through.type}\u0000${id}`)])
  }
}

/** `device=pve1`; a name that nobody has finds nothing. */
const byParentName = (model: string): Filter => ({
  match: (row, value, context) => {
    const parent = parentOf(row.assigned_object_type, row.assigned_object_id, context)
    return parent?.model === model && parent.row.name === value
  }
})

const byInterface = (model: string, type: string): Filter => ({
  to: type,
  ids: (ids, { store }) =>
    ids.flatMap((id) => [...store.ids(model, 'assigned_object', `${type}\u0000${id}`)])
})

/** The same query names for everything that is assigned to interfaces. */
export const assignedFilters = (model: string): Record<string, Filter> => ({
  interface_id: byInterface(model, 'dcim.interface'),
  vminterface_id: byInterface(model, 'virtualization.vminterface'),
  device: byParentName('dcim.device'),
  virtual_machine: byParentName('virtualization.virtualmachine'),
  device_id: byParent(model, { type: 'dcim.interface', field: 'device' }),
  virtual_machine_id: byParent(model, {
    type: 'virtualization.vminterface',
    field: 'virtual_machine'
  })
})
