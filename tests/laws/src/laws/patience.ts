import {
  type ClusterEstate,
  type CurrentItem,
  type FieldValue,
  isRef,
  type KindName
} from '@proxbox/contracts'
import { guestKey } from '@proxbox/reconcile'
import { estatesOf, randomsFrom } from '../cases.ts'
import type { Law } from '../law.ts'
import type { Session } from '../session.ts'
import { settled } from '../settled.ts'
import { thinned } from '../thinned.ts'

const builtUpon: readonly KindName[] = [
  'cluster',
  'device',
  'interface',
  'vm',
  'vm-interface',
  'ip-address'
]
/** Fields by which one object hangs on another. */
const links = [
  'assigned_object',
  'primary_ip4',
  'primary_ip6',
  'device',
  'virtual_machine',
  'cluster'
]

const objectsIn = async ({ netbox }: Session) =>
  new Map((await netbox.read(builtUpon)).map((item) => [item.key, item]))

const refOf = (value: FieldValue | undefined): string => (isRef(value) ? value.ref : '')

/** Two may have one address: who still has it gets it from who has it no more, and that one's primary goes with it. */
const isYielded = (
  field: string,
  was: CurrentItem,
  is: CurrentItem,
  now: ReadonlyMap<string, CurrentItem>
): boolean => {
  if (field === 'assigned_object') return refOf(is.fields[field]) !== ''
  if (!field.startsWith('primary_ip')) return false
  const at = refOf(now.get(refOf(was.fields[field]))?.fields.assigned_object)
  return at !== '' && refOf(now.get(at)?.fields.virtual_machine) !== was.key
}

/** @throws Error that names what was removed or unlinked */
function mustBeThere(
  then: ReadonlyMap<string, CurrentItem>,
  now: ReadonlyMap<string, CurrentItem>
): void {
  for (const [key, was] of then) {
    const is = now.get(key)
    if (is === undefined) throw new Error(`${key} (${was.label}) is gone`)
    for (const field of links) {
      const link = refOf(was.fields[field])
      // A guest may have moved to another node of its cluster; nothing else changes what it hangs on.
      const isMove = field === 'device' && was.kind === 'vm' && refOf(is.fields[field]) !== ''
      const isKept = link === '' || refOf(is.fields[field]) === link
      if (!isKept && !isMove && !isYielded(field, was, is, now))
        throw new Error(
          `${key} (${was.label}): ${field} was ${link}, is ${refOf(is.fields[field])}`
        )
    }
  }
}

/** Nothing is removed or unlinked on the strength of one Run; what comes back finds its object. */
export const patience: Law = {
  name: 'Patience',
  holds: async (one, bench) => {
    const [before] = await estatesOf(one)
    const session = await bench.session(one.version, { endpoint: { missingPolicy: 'delete' } })
    await session.foresee(before)
    await session.sync(before)
    const then = await objectsIn(session)
    const vms = vmsIn(then)
    const [days = 0] = one.faults
    session.pass(days)
    const poorer = thinned(before, randomsFrom(one.faults))
    await session.sync(poorer)
    mustBeThere(then, await objectsIn(session))
    await settled(session, poorer)
    session.pass(1)
    await session.sync(poorer)
    mustBeThere(then, await objectsIn(session))
    await session.sync(before)
    const now = await objectsIn(session)
    mustBeThere(then, now)
    const back = vmsIn(now)
    const unknown = placesOfUnknown(before, session)
    for (const [key, text] of vms) {
      if (unknown.has(key)) continue
      if (back.get(key) !== text)
        throw new Error(`${key} came back as ${back.get(key)}, was ${text}`)
    }
  }
}

/** VMs of which a lock hides whether they run: their status is restored when it is told. */
function placesOfUnknown(
  { clusterId, guests }: ClusterEstate,
  { inventory }: Session
): Set<string> {
  const locked = guests.filter((one) => (one.lock ?? one.config?.lock) !== undefined)
  return new Set(
    locked.map(({ type, vmid }) => {
      const row = inventory.ledger.get(guestKey(clusterId, type, vmid))
      return `netbox:vm/${row?.netbox_id}`
    })
  )
}

/** What going away leaves marks in. */
const vmsIn = (objects: ReadonlyMap<string, CurrentItem>) =>
  new Map(
    [...objects]
      .filter(([, { kind }]) => kind === 'vm')
      .map(([key, { fields }]) => {
        const tags = Array.isArray(fields.tags) ? fields.tags.map((tag) => refOf(tag)).sort() : []
        return [key, `${fields.status} ${tags.join(' ')}`]
      })
  )
