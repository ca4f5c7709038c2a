import { kindNames, type Run } from '@proxbox/contracts'

/** Pure: exit code of a Run: 0 done, 1 failed or cancelled, 2 degraded or waiting for approval. */
export function exitCodeOf(state: Run['state']['value']): 0 | 1 | 2 {
  if (state === 'succeeded') return 0
  return state === 'degraded' || state === 'awaiting_approval' ? 2 : 1
}

/** Pure: the rows of a Run's counts per kind, for a table, in the order in which kinds are written. */
export function countRows(run: Pick<Run, 'counts'>): (string | number)[][] {
  const place = (kind: string) => (kindNames as readonly string[]).indexOf(kind)
  const sorted = Object.entries(run.counts).sort(([one], [other]) => place(one) - place(other))
  return sorted.map(([kind, one]) => [
    kind,
    one.created,
    one.updated,
    one.deleted,
    one.unchanged,
    one.held
  ])
}
export const countHead = ['kind', 'created', 'updated', 'deleted', 'unchanged', 'held']

/** Pure: how many objects a Run created, updated and deleted in NetBox. */
export function writtenBy(run: Pick<Run, 'counts'>): {
  created: number
  updated: number
  deleted: number
} {
  const inNetBox = Object.entries(run.counts).filter(([kind]) => kind !== 'storage')
  const sum = (what: 'created' | 'updated' | 'deleted') =>
    inNetBox.reduce((total, [, one]) => total + one[what], 0)
  return { created: sum('created'), updated: sum('updated'), deleted: sum('deleted') }
}

/** Pure: which Run it follows, and which one was given its Plan; retention may have taken either. */
export function relatedLines(run: Pick<Run, 'parent' | 'applied_by' | 'not_kept'>): string[] {
  const { parent, applied_by: appliedBy = null, not_kept: gone = [] } = run
  const named = (id: number) =>
    `Run ${id}${gone.includes(id) ? ', which is not kept any more' : ''}`
  return [
    ...(parent === null ? [] : [`It follows ${named(parent)}.`]),
    ...(appliedBy === null ? [] : [`Its Plan was given to ${named(appliedBy)}.`])
  ]
}

/** Pure: what a person should do next about a Run. */
export function nextStepOf(run: Run): string | undefined {
  const state = run.state.value
  if (state === 'awaiting_approval')
    return `It planned ${run.plan ?? 0} ${run.plan === 1 ? 'change' : 'changes'} and wrote ${run.mode.value === 'sync' ? 'none of them' : 'nothing'}. Look: proxbox show ${run.id} --plan. Write: proxbox apply ${run.id}. Reject: proxbox cancel ${run.id}.`
  if (state === 'failed' || state === 'cancelled') return endingError(run)
  // No later Run comes back to what an undo leaves: nothing of it waits.
  if (state === 'degraded' && run.mode.value === 'undo')
    return 'What it has left as it is stands above, each with its reason.'
  if (state === 'degraded')
    return 'Something could not be read or written. What waits for you: proxbox gaps, conflicts, quarantine.'
  if (state === 'queued' && run.waiting_for !== null)
    return `Waiting: ${run.waiting_for.reason}${run.waiting_for.run === undefined ? '' : ` (Run ${run.waiting_for.run})`}.`
  return undefined
}

/** Pure: why it ended, unless that stands among its errors already. */
const endingError = ({ error, errors }: Run): string | undefined =>
  error === null || errors.some(({ detail }) => detail === error.detail)
    ? undefined
    : `${error.code}  ${error.detail}`

const errorsShown = 20
type Reported = Pick<Run, 'errors' | 'errors_total' | 'gaps'>

/** Pure: what a Run reports, each text once with its objects or its number; gaps have lines of their own. */
export function errorLines({ errors, errors_total: total, gaps }: Reported) {
  const told = new Set(gaps.map(({ detail }) => detail))
  const own = errors.filter(({ code, detail }) => code !== 'GAP' && !told.has(detail))
  const groups = Map.groupBy(own, ({ code, detail }) => `${code}  ${saidOf(detail).text}`)
  const lines = [...groups.values()].map(groupLine)
  const unseen = total - errors.length
  return [
    ...lines.slice(0, errorsShown),
    ...(lines.length > errorsShown
      ? [`… ${lines.length - errorsShown} more: --json lists them`]
      : []),
    ...(unseen > 0 ? [`… and ${unseen} that the Run does not keep`] : [])
  ]
}

/** `NetBox Endpoint main, web net0: VLAN 20 …`, as the collector says what concerns one object. */
const aboutOne = /^(NetBox Endpoint [^,:]+), (.+?): (.+)$/s

/** Pure: what is said, apart from the object that it is said of. */
function saidOf(detail: string): { readonly text: string; readonly object?: string } {
  const [, endpoint, object, said] = aboutOne.exec(detail) ?? []
  return object === undefined ? { text: detail } : { text: `${endpoint}: ${said}`, object }
}

const objectsNamed = 5

/** Pure: the same of many objects in one line: many lines of one text hide the others. */
function groupLine(group: Run['errors']): string {
  const [first] = group
  const objects = [...new Set(group.flatMap(({ detail }) => saidOf(detail).object ?? []))]
  const line = `${first?.code}  ${first?.detail}`
  if (objects.length < 2) return group.length === 1 ? line : `${line} (${group.length} times)`
  const more = objects.length - objectsNamed
  const named = [...objects.slice(0, objectsNamed), ...(more > 0 ? [`${more} more`] : [])]
  const [, endpoint, , said] = aboutOne.exec(first?.detail ?? '') ?? []
  return `${first?.code}  ${endpoint}, ${named.join(', ')}: ${said}`
}
