import type { Conflict } from '@proxbox/contracts'
import type { StoredRun } from '../inventory.ts'
import type { Session } from '../session.ts'
import { toldChanges } from '../told.ts'

/** NetBox's words for an id that it does not have. */
const nowhere = /Related object not found/

/** Whatever the Ledger remembers, nothing is sent that leads to an object which is gone. @throws Error that tells what is */
export function mustLeadSomewhere(run: StoredRun): StoredRun {
  const lost = [...run.applied.values()].find(({ detail }) => nowhere.test(detail))
  if (lost !== undefined)
    throw new Error(`sent, and leads nowhere: ${lost.detail}\n${toldChanges([lost.change])}`)
  return run
}

const placeOf = ({ key, field, code }: Conflict) => `${code} ${key} ${field ?? ''}`

/** What was answered is not asked again. @throws Error that tells the question */
export function mustStayAnswered(answered: readonly Conflict[], open: readonly Conflict[]): void {
  const places = new Set(open.map(placeOf))
  const one = answered.find((conflict) => places.has(placeOf(conflict)))
  if (one !== undefined)
    throw new Error(`answered, and asked again: ${placeOf(one)}: ${one.detail}`)
}

const identity = ['cf.proxmox_vm_id', 'cf.proxmox_vm_type', 'cf.proxmox_cluster']

/** A guest whose VMID another has now was one, and may still be there. @throws Error that tells who is there twice */
export async function mustBeOneEach({ netbox, inventory }: Session): Promise<void> {
  const others = new Set(
    [...inventory.ledger.values()].flatMap(({ key, kind, netbox_id }) =>
      kind === 'vm' && key.includes('~n') ? [netbox_id] : []
    )
  )
  const guests = (await netbox.read(['vm'])).filter(({ netbox_id }) => !others.has(netbox_id))
  const keys = guests.map(({ fields }) => identity.map((field) => fields[field] ?? '').join(' '))
  const twice = keys.find((key, index) => !/^ | $/.test(key) && keys.indexOf(key) !== index)
  if (twice !== undefined) throw new Error(`guest ${twice} is in NetBox twice`)
}
