import { type Change, type Estate, type Fields, isRef, type Plan } from '@proxbox/contracts'
import type { Session } from '../session.ts'
import { toldChanges } from '../told.ts'
import type { Lost } from './lost.ts'

/**
 * Enough for what waits for what waits: definitions, clusters, devices, interfaces, addresses. Beside that one for each
 * object that was held: where a restored NetBox gives its old id to a new one, the Ledger forgets it, and it is new as well.
 */
const mostRuns = 6

/** Nothing is left, but for what could wait. @throws Error that tells what is left */
export async function settledAfter(
  { plan: first, lost }: { plan: Plan; lost: Lost },
  session: Session,
  seen: Estate
): Promise<void> {
  const waiting = new Set(waitingIn(first, lost))
  let { changes } = first
  for (let run = 1; run <= mostRuns + waiting.size; run += 1) {
    const plan = await session.planEstate(seen)
    changes = plan.changes
    if (changes.length === 0) return
    if (!changes.every((one) => isPatient(one) || isFollowing(one, waiting))) break
    for (const key of waitingIn(plan, lost)) waiting.add(key)
    await session.apply(plan)
  }
  throw new Error(toldChanges(changes))
}

/** Pure: the Items that a field needs: those that it refers to, or the definition of a custom field. */
function needs(field: string, value: Fields[string] | undefined): readonly string[] {
  if (field.startsWith('cf.')) return [`custom-field:${field.slice('cf.'.length)}`]
  return [value ?? []].flat().flatMap((one) => (isRef(one) ? [one.ref] : []))
}

/**
 * Pure: what vanished in bulk and is held, and what is held because it needs that, or something else that is lost. It is
 * judged by what else is there: once a Run has made or met that, the next one may know that it was deleted, and make it.
 */
function waitingIn({ held }: Plan, lost: Lost): ReadonlySet<string> {
  const waiting = new Set(
    held.filter(({ guard }) => guard === 'vanished').map(({ change }) => change.key)
  )
  const isOut = (key: string) => lost.has(key) || waiting.has(key)
  const isNeeding = ({ after }: Change) =>
    Object.entries(after).some(([field, value]) => needs(field, value).some(isOut))
  for (let size = -1; size !== waiting.size; ) {
    size = waiting.size
    for (const { guard, change } of held)
      if (guard === 'references' && isNeeding(change)) waiting.add(change.key)
  }
  return waiting
}

/** Pure: was it held like that, or does each of its fields lead to something that was? A mode goes with its VLANs. */
function isFollowing({ key, action, after }: Change, waiting: ReadonlySet<string>): boolean {
  if (waiting.has(key)) return true
  const isLate = (field: string) => needs(field, after[field]).some((one) => waiting.has(one))
  const isLateMode = ['untagged_vlan', 'tagged_vlans'].some(isLate)
  return (
    action === 'update' &&
    Object.keys(after).every((field) => isLate(field) || (field === 'mode' && isLateMode))
  )
}

/** Pure: may it wait for a second Run? Addresses do, and interfaces on which something hung until now. */
function isPatient({ kind, action, after }: Change): boolean {
  if (action === 'delete') return kind === 'interface' || kind === 'vm-interface'
  return (
    action === 'update' &&
    Object.keys(after).every((field) =>
      kind === 'ip-address' ? field === 'assigned_object' : field.startsWith('primary_ip')
    )
  )
}
