import { addressPatienceHours, waitsUntil } from '@proxbox/contracts'
import type { ItemFacts, Planned } from './read-facts.ts'
import { valueText } from './value-text.ts'

/** Pure: one sentence: what the field is and by whom, and whatever keeps it from changing. */
export function explanationText(field: string, facts: ItemFacts): string {
  const clauses = [
    valueClause(field, facts),
    keptClause(field, facts),
    heldClause(field, facts),
    plannedClause(field, facts),
    waitingClause(field, facts),
    conflictClause(field, facts),
    quarantineClause(field, facts)
  ]
  return `${clauses.filter((clause) => clause !== '').join('; ')}.`
}

function valueClause(field: string, { item, written, sources }: ItemFacts): string {
  const source = sources[field] ?? written.get(field)?.why?.source
  const from = source === undefined ? '' : `, from ${source} in Proxmox`
  if (!Object.hasOwn(item.lastWritten, field)) return `${field} was never written by Proxbox`
  const value = `${field} is ${valueText(item.lastWritten[field])}`
  const write = written.get(field)
  if (write !== undefined) {
    const { why } = write
    const reason = why === null ? '' : `: ${why.reason} (policy ${why.policy}${ruleOf(why.rule)})`
    return `${value}, written on ${write.at} by Run ${write.run_id}${reason}${from}`
  }
  const before = item.writtenBefore?.[field]
  if (before !== undefined)
    return `${value}, written on ${new Date(before).toISOString()} by a Run older than retention, of which no more is kept${from}`
  if (item.netbox === '') return `${value}, read from Proxmox by Run ${item.runId}`
  return `${value}, as NetBox had it already when Run ${item.runId} compared it${from}`
}

const ruleOf = (rule: string | undefined): string => (rule === undefined ? '' : `, by ${rule}`)

function keptClause(field: string, { kept }: ItemFacts): string {
  const one = kept[field]
  if (one === undefined) return ''
  return `NetBox was left as it is, where Proxmox says ${valueText(one.wanted)}: ${bare(one.reason)} (policy ${one.policy}${ruleOf(one.rule)})`
}

function heldClause(field: string, { held }: ItemFacts): string {
  const one = held.get(field)
  if (one === undefined) return ''
  return `Run ${one.run_id} would ${actOf(one)} and was held by ${one.guard}: ${bare(one.reason)}`
}

function plannedClause(field: string, { held, planned }: ItemFacts): string {
  const one = planned.get(field)
  if (one === undefined || held.has(field)) return ''
  return `Run ${one.run_id} has planned to ${actOf(one)}, and nothing has written that`
}

const actOf = ({ action, wanted }: Planned): string =>
  action === 'delete' ? 'delete the object' : `set it to ${valueText(wanted)}`

function waitingClause(field: string, { seen, planned }: ItemFacts): string {
  if (field !== 'address' || seen === null || planned.has(field)) return ''
  const { label, holder, since } = seen
  return `${holder} tells ${valueText(label)} since ${since}, and an IPv6 address that no configuration has is written once it has been seen for ${addressPatienceHours} hours: not before ${waitsUntil(since)}`
}

function conflictClause(field: string, { conflicts }: ItemFacts): string {
  return conflicts
    .filter((one) => one.field === field || one.field === '')
    .map((one) => `conflict ${one.id} waits for a decision: ${bare(one.detail)}`)
    .join('; ')
}

function quarantineClause(field: string, { quarantine }: ItemFacts): string {
  if (quarantine === null) return ''
  const { action, values, failures, detail, retryAt } = quarantine
  const isAbout = action !== 'update' || Object.hasOwn(values, field)
  if (!isAbout) return ''
  const times = failures === 1 ? 'once' : `${failures} times`
  return `NetBox refused to ${action} it ${times} (${bare(detail)}), and it is tried again after ${retryAt.toISOString()}`
}

/** Pure: a sentence as part of another. */
const bare = (text: string): string => text.trim().replace(/\.$/, '')
