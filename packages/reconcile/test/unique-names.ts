import { type CurrentItem, isRef } from '@proxbox/contracts'

/** Within what NetBox wants names unique (4.7 models: UniqueConstraint), and addresses, as long as nobody switches it off. */
const uniqueIn: Partial<Record<CurrentItem['kind'], readonly string[]>> = {
  cluster: ['scope'],
  device: ['site', 'tenant'],
  interface: ['device'],
  vm: ['cluster', 'tenant'],
  'vm-interface': ['virtual_machine'],
  disk: ['virtual_machine'],
  'ip-address': ['vrf']
}
/** Names of parts of an object differ by case. */
const byCase = new Set<CurrentItem['kind']>(['interface', 'vm-interface', 'disk'])

export const refTo = ({ fields }: CurrentItem, field: string): string => {
  const value = fields[field]
  return isRef(value) ? value.ref : ''
}

/** Pure: what no other object of its kind may have as well; undefined where NetBox asks for nothing. */
function placeOf(item: CurrentItem): string | undefined {
  const scope = uniqueIn[item.kind]
  const { name, address } = item.fields
  const own = typeof address === 'string' ? address.replace(/\/.*/, '') : name
  if (scope === undefined || typeof own !== 'string') return undefined
  const text = byCase.has(item.kind) ? own : own.toLowerCase()
  return [item.kind, text, ...scope.map((field) => refTo(item, field))].join('|')
}

/** Names and addresses that objects have, as NetBox looks at them when something is written. */
export class UniqueNames {
  private readonly holders = new Map<string, string>()
  private readonly objects: ReadonlyMap<string, CurrentItem>
  constructor(objects: ReadonlyMap<string, CurrentItem>) {
    this.objects = objects
    for (const item of objects.values()) this.note(item)
  }

  note(item: CurrentItem): void {
    const place = placeOf(item)
    if (place !== undefined) this.holders.set(place, item.key)
  }

  /** @throws for a name or an address that another object has */
  refuseTaken(item: CurrentItem): void {
    const place = placeOf(item)
    const holder = this.objects.get(this.holders.get(place ?? '') ?? '')
    if (holder !== undefined && holder.key !== item.key && placeOf(holder) === place)
      throw new Error(`${item.label}: ${place} is that of ${holder.key}`)
  }
}
