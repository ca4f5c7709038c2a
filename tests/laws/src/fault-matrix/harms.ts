import {
  approvableGuards,
  type Change,
  type FieldValue,
  isRef,
  type KindName,
  type LedgerRow,
  type Plan
} from '@proxbox/contracts'

/** One thing that a Plan would take away: of what, how, in words that say all of it. */
export interface Harm {
  readonly kind: KindName
  readonly text: string
}

const isBlank = (value: FieldValue | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

const shown = (value: FieldValue | undefined): string => JSON.stringify(value ?? null)

/** Fields whose new value is a harm in itself, whatever it is. */
const NAMES: Readonly<Record<string, string>> = {
  name: 'renamed',
  'cf.proxmox_cluster': 'renamed',
  primary_ip4: 'primary changed',
  primary_ip6: 'primary changed',
  assigned_object: 'unassigned',
  cluster: 'moved',
  type: 'made another'
}

const elements = (value: FieldValue | undefined): string[] =>
  Array.isArray(value) ? value.map((one) => (isRef(one) ? one.ref : shown(one))) : []

function harmOf(field: string, before: FieldValue | undefined, after: FieldValue | undefined) {
  if (field === 'tags' && elements(after).some((tag) => tag.includes('proxbox-stale'))) {
    return elements(before).some((tag) => tag.includes('proxbox-stale'))
      ? undefined
      : 'marked stale'
  }
  if (field === 'status' && after === 'decommissioning') return 'marked stale'
  if (isBlank(before)) return undefined
  if (NAMES[field] !== undefined) return NAMES[field]
  if (isBlank(after)) return 'blanked'
  const left = new Set(elements(after))
  return elements(before).some((one) => !left.has(one)) ? 'emptied in part' : undefined
}

/**
 * Pure: every harm of a Plan against a NetBox that was true to Proxmox before; also those that a person is asked to
 * approve, because a fault must not so much as ask.
 */
export function harmsOf(plan: Plan, ledger: Iterable<Pick<LedgerRow, 'key'>>): Harm[] {
  const known = new Set([...ledger].map(({ key }) => key))
  const ofChange = (change: Change): string[] => {
    if (change.action === 'delete') return ['deleted']
    if (change.action === 'create') return known.has(change.key) ? ['made again'] : []
    const marks = typeof change.missing_since === 'string' ? ['counted as missing'] : []
    return Object.entries(change.after)
      .flatMap(([field, after]) => {
        const harm = harmOf(field, change.before[field], after)
        return harm === undefined
          ? []
          : [`${field} ${harm}: ${shown(change.before[field])} → ${shown(after)}`]
      })
      .concat(marks)
  }
  const asked = plan.held.filter(({ guard }) => approvableGuards.includes(guard))
  const changed = [...plan.changes, ...asked.map(({ change }) => change)].flatMap((change) =>
    ofChange(change).map((text) => ({ kind: change.kind, text: `${change.key} ${text}` }))
  )
  const missed = plan.adoptions
    .filter((one) => typeof one.missing_since === 'string')
    .map((one) => ({ kind: one.kind, text: `${one.key} counted as missing` }))
  return [...changed, ...missed].sort((a, b) => (a.text < b.text ? -1 : 1))
}
