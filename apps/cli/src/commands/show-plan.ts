import type { Run } from '@proxbox/contracts'
import { type Names, readNames } from '../client/read-names.ts'
import { readPages } from '../client/read-pages.ts'
import {
  type PlanHead,
  type PlanRow,
  readPlanHead,
  readPlanMarkdown,
  readPlanRows
} from '../client/read-plan.ts'
import { openPlanDigest } from '../plan/plan-digest.ts'
import { planFormatOf, writePlanJson, writeWhole } from '../plan/plan-file.ts'
import { type ConflictRow, conflictLines, conflictsMarkdown } from '../print/conflict-text.ts'
import { heldLines, rowLines } from '../print/plan-text.ts'
import type { CommandContext } from './context.ts'

/** Of Changes, and of held ones: nobody reads on; a file has them all. */
const rowsShown = 1000

/** Prints the stored Plan of a Run: its Changes, those held back under their Guards, and conflicts; with `--json` a line each. */
export async function showPlan(context: CommandContext, run: Run): Promise<void> {
  const { output } = context
  const conflicts = await conflictsOf(context, run)
  const isNone = run.plan === null && run.held === 0
  const print = output.json ? printJson : printText
  const head = isNone ? noPlan(run) : await print(context, run)
  if (output.json) output.data({ ...head, conflicts })
  else {
    if (head.count + head.held === 0) output.text(`\n${nothingText(run)}`)
    printConflicts(context, conflicts)
  }
}

/** Pure: a cluster without a site, say, is left out as a whole: that is no agreement. */
const nothingText = ({ state }: Run): string =>
  state.value === 'degraded'
    ? 'Nothing else differs: what is left out is named above.'
    : 'Nothing differs.'

/** Of a Run that has stored no Plan, because there was nothing to store. */
const noPlan = (run: Run): PlanHead => ({
  run_id: run.run_id,
  sha256: openPlanDigest().hex(),
  count: 0,
  held: 0
})

async function printJson(context: CommandContext, run: Run): Promise<PlanHead> {
  const rows = readPlanRows(await context.api(), run.run_id, context.signal)
  let next = await rows.next()
  for (; next.done !== true; next = await rows.next()) context.output.data(next.value)
  return next.value
}

async function printText(context: CommandContext, run: Run): Promise<PlanHead> {
  const { output } = context
  const api = await context.api()
  const head = await readPlanHead(api, run.run_id, context.signal)
  if (head.count + head.held === 0) return head
  const planned: PlanRow[] = []
  const held: PlanRow[] = []
  let hidden = 0
  // Read to the end even when no more is shown: what is held back may come last.
  for await (const row of readPlanRows(api, run.run_id, context.signal)) {
    const those = row.outcome === 'held' ? held : planned
    if (those.length < rowsShown) those.push(row)
    else hidden += 1
  }
  const names = await namesIn(context, [...planned, ...held])
  output.text(`\nPlan of Run ${run.id} for ${run.netbox_endpoint.name}: ${sizesText(head)}`)
  // It has written what it may write without asking.
  if (planned.some(({ outcome }) => outcome !== 'planned'))
    output.text('What has become of a Change already stands behind it.')
  for (const row of planned)
    for (const line of rowLines(row, output.color, names)) output.text(line)
  for (const line of heldLines(held, output.color, names)) output.text(line)
  if (hidden > 0)
    output.text(
      `\n… and ${hidden} more: "proxbox show ${run.id} -o plan-${run.id}.json" writes all of them.`
    )
  return head
}

/** What the Changes refer to, by name: what is new has none but in the Plan itself. */
async function namesIn(context: CommandContext, rows: readonly PlanRow[]): Promise<Names> {
  const changes = rows.map(({ change }) => change)
  const values = changes.flatMap(({ before, after }) => [before, after].flatMap(Object.values))
  const known = new Map(changes.map(({ key, label }) => [key, label]))
  return await readNames(await context.api(), { values, known }, context.signal)
}

/** What approving writes holds what only an approvable Guard held back. */
const sizesText = ({ count, held }: PlanHead): string =>
  `${count} ${count === 1 ? 'Change' : 'Changes'} to approve${held === 0 ? '' : `, ${held} held back`}`

function printConflicts({ output }: CommandContext, conflicts: readonly ConflictRow[]): void {
  if (conflicts.length === 0) return
  output.text(`\nConflicts that wait for a decision: ${conflicts.length}`)
  for (const conflict of conflicts)
    for (const line of conflictLines(conflict, output.color)) output.text(line)
}

const conflictsRead = 1000

/** Open conflicts that this Run named. */
async function conflictsOf(context: CommandContext, run: Run): Promise<readonly ConflictRow[]> {
  const { rows } = await readPages<ConflictRow>(
    await context.api(),
    'listConflicts',
    { query: { state: 'open' }, most: conflictsRead },
    context.signal
  )
  return rows.filter(({ run_id: id }) => id === run.run_id)
}

/** Writes the stored Plan of a Run as `.json` or `.md`. */
export async function writePlan(context: CommandContext, run: Run, file: string): Promise<void> {
  const api = await context.api()
  if (planFormatOf(file) === '.json') {
    const title = { run: run.id, netbox: run.netbox_endpoint.name }
    await writePlanJson(file, title, readPlanRows(api, run.run_id, context.signal))
  } else await writeWhole(file, markdownOf(context, run))
  if (!context.output.json) context.output.text(`The Plan is in ${file}.`)
}

async function* markdownOf(context: CommandContext, run: Run): AsyncGenerator<string> {
  yield* readPlanMarkdown(await context.api(), run.run_id, context.signal)
  yield '\n'
  yield conflictsMarkdown(await conflictsOf(context, run))
}
