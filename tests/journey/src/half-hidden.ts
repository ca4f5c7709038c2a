import type { NetBoxServer } from '@proxbox/simulator/netbox'

const VM = 'virtualization.virtualmachine'
const NIC = 'virtualization.vminterface'
const DISK = 'virtualization.virtualdisk'
const MAC = 'dcim.macaddress'
const IP = 'ipam.ipaddress'

const paths: Readonly<Record<string, string>> = {
  [VM]: 'virtualization/virtual-machines',
  [NIC]: 'virtualization/interfaces',
  [DISK]: 'virtualization/virtual-disks',
  [MAC]: 'dcim/mac-addresses',
  [IP]: 'ipam/ip-addresses'
}

type Row = Readonly<Record<string, unknown>>
type NetBox = Pick<NetBoxServer, 'state' | 'addToken'>

/** An object with all that hangs on it. */
export interface Whole {
  readonly what: string
  readonly model: string
  /** By model, the object itself first. */
  readonly ids: ReadonlyMap<string, readonly unknown[]>
}

const rowsOf = ({ state }: NetBox, model: string): readonly Row[] => state.dump()[model] ?? []

/** Of one guest its VM, and a part of each kind that it has. */
export function oneOfEach(netbox: NetBox): readonly Whole[] {
  const ids = (model: string, test: (row: Row) => boolean) =>
    [model, rowsOf(netbox, model).flatMap((row) => (test(row) ? [row.id] : []))] as const
  const address = rowsOf(netbox, IP).find((row) => row.assigned_object_type === NIC)
  const nic = rowsOf(netbox, NIC).find(({ id }) => id === address?.assigned_object_id)
  const ofVm = (row: Row) => row.virtual_machine === nic?.virtual_machine
  const [, nics] = ids(NIC, ofVm)
  const on = (all: readonly unknown[]) => (row: Row) =>
    row.assigned_object_type === NIC && all.includes(row.assigned_object_id)
  const only = (one: unknown) => (row: Row) => row.id === one
  const disk = rowsOf(netbox, DISK).find(ofVm)
  return [
    { what: 'an address', model: IP, ids: new Map([ids(IP, only(address?.id))]) },
    { what: 'a MAC', model: MAC, ids: new Map([ids(MAC, only(nic?.primary_mac_address))]) },
    { what: 'a disk', model: DISK, ids: new Map([ids(DISK, only(disk?.id))]) },
    {
      what: 'an interface',
      model: NIC,
      ids: new Map([ids(NIC, only(nic?.id)), ids(MAC, on([nic?.id])), ids(IP, on([nic?.id]))])
    },
    {
      what: 'a VM',
      model: VM,
      ids: new Map([
        ids(VM, only(nic?.virtual_machine)),
        ids(NIC, ofVm),
        ids(DISK, ofVm),
        ids(MAC, on(nics)),
        ids(IP, on(nics))
      ])
    }
  ]
}

/** A token that sees everything else. */
export const tokenWithout = (netbox: NetBox, { ids }: Whole): string =>
  netbox.addToken({
    constraints: Object.fromEntries(
      [...ids].map(([model, hidden]) => [
        model,
        { id__in: rowsOf(netbox, model).flatMap(({ id }) => (hidden.includes(id) ? [] : [id])) }
      ])
    )
  })

/** A person deletes the object. @throws Error when NetBox refuses that */
export function deleteByHand({ state }: NetBox, { model, ids }: Whole): void {
  const path = `/api/${paths[model]}/${ids.get(model)?.[0]}/`
  const { status } = state.handle({ method: 'DELETE', path })
  if (status !== 204) throw new Error(`DELETE ${path}: ${status}`)
}
