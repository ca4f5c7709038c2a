import {
  addressPatienceHours,
  type Gap,
  type Plan,
  type SyncType,
  waitsUntil
} from '@proxbox/contracts'
import type { Reporter } from '../backend/reporter.ts'
import { gapRow, gapSentence, type Names, objectSentence } from './sentences.ts'
import { kindsReportedBy, notReadYet } from './stages.ts'

/**
 * Tells what a Plan holds: notices, gaps and held Changes as warnings, what needs nothing as counts.
 *
 * @param gaps those that nobody has acknowledged: a warning is an error of the Run
 * @param told remedy: of the notices, where it is another than by their code
 */
export function reportPlan(
  plan: Plan,
  gaps: readonly Gap[],
  told: { readonly reporter: Reporter; readonly names: Names; readonly remedy?: string }
): void {
  const { reporter, names, remedy } = told
  for (const gap of gaps) {
    const isAgent = gap.facet === 'agent' && gap.reason === 'nonsense'
    reporter.warn({
      step: 'proxmox',
      code: isAgent ? 'AGENT_NONSENSE' : 'GAP',
      disposition: 'stop',
      rowid: gapRow(gap, names),
      detail: gapSentence(gap, names)
    })
  }
  for (const notice of plan.notices)
    reporter.warn({
      step: 'plan',
      code: notice.code,
      disposition: 'stop',
      rowid: notice.label,
      detail: objectSentence(remedy === undefined ? notice : { ...notice, remedy }, names)
    })
  for (const { change, code, reason } of plan.held) {
    reporter.count(change.kind, 'held')
    reporter.warn({
      step: change.kind,
      code,
      disposition: 'stop',
      rowid: change.label,
      detail: objectSentence({ label: change.label, code, detail: reason }, names)
    })
  }
  reportWaiting(plan, reporter)
  for (const [kind, unchanged] of Object.entries(plan.unchanged))
    if (unchanged > 0) reporter.count(kind, 'unchanged', unchanged)
  const sums = Object.groupBy(plan.changes, (change) => change.action)
  const count = (action: 'create' | 'update' | 'delete') => sums[action]?.length ?? 0
  reporter.step(
    'plan',
    'completed',
    `Planned: ${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete, ${plan.held.length} held`
  )
}

const addressesNamed = 5

/** Addresses that wait are no trouble: one step names the first of them, and until when. */
function reportWaiting({ seen: { waiting } }: Plan, reporter: Reporter): void {
  if (waiting.length === 0) return
  const named = Map.groupBy(waiting.slice(0, addressesNamed), ({ since }) => waitsUntil(since))
  const some = [...named].map(([until, those]) => {
    const names = those.map(({ label, holder }) => `${label} of ${holder}`).join(', ')
    return `${names} until ${until}`
  })
  const more = waiting.length - addressesNamed
  const all = [...some, ...(more > 0 ? [`${more} more`] : [])].join('; ')
  const message = `IPv6 addresses that only guests tell wait until they have been seen for ${addressPatienceHours} hours: ${all}`
  reporter.step('waiting', 'completed', message)
}

/** One completed step per sync type, with what became of the kinds that it writes, or would write. */
export function reportStages(
  types: readonly SyncType[],
  { reporter, writes }: { readonly reporter: Reporter; readonly writes: boolean }
): void {
  for (const type of types) {
    if (notReadYet.has(type)) {
      reporter.step(
        type,
        'completed',
        `${type}: not read by this version, nothing was changed`,
        reporter.countsOf([])
      )
      continue
    }
    reporter.step(
      type,
      'completed',
      `${type} ${writes ? 'synchronized' : 'planned'}`,
      reporter.countsOf(kindsReportedBy(type, types))
    )
  }
}

/**
 * One completed step: an undo knows no stages. One that had nothing to take back has done all that it should, but not
 * what was expected of it, so a warning says why.
 *
 * @param undone run: as people know it; written: how many Changes of it were written to NetBox; writes: does this Run write?
 */
export function reportUndone(
  types: readonly SyncType[],
  {
    run,
    written,
    writes
  }: { readonly run: string; readonly written: number; readonly writes: boolean },
  { reporter, names }: { readonly reporter: Reporter; readonly names: Pick<Names, 'netbox'> }
): void {
  if (written > 0) {
    const kinds = [...new Set(types.flatMap((type) => kindsReportedBy(type, types)))]
    const message = writes ? 'Undone' : 'Undo planned'
    reporter.step('undo', 'completed', message, reporter.countsOf(kinds))
    return
  }
  const label = `Run ${run}`
  const detail = `${label} has written nothing there, so there is nothing to take back.`
  reporter.warn({
    step: 'undo',
    code: 'RUN_NOT_UNDOABLE',
    disposition: 'stop',
    rowid: label,
    detail: objectSentence({ label, code: 'RUN_NOT_UNDOABLE', detail }, names)
  })
  reporter.step('undo', 'completed', 'Nothing to take back', reporter.countsOf([]))
}
