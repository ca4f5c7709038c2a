import type { Run } from '@proxbox/contracts'
import { readPages } from '../client/read-pages.ts'
import { type PlanHead, type PlanRow, readPlanHead, readPlanRows } from '../client/read-plan.ts'
import { planFormatOf, writePlanJson, writeWhole } from '../plan/plan-file.ts'
import { markdownOf } from '../plan/plan-markdown.ts'
import { type ConflictRow, conflictLines } from '../print/conflict-text.ts'
import { changeLines, heldLines } from '../print/plan-text.ts'
import type { CommandContext } from './context.ts'

const changesShown = 2000

/** Prints the stored Plan of a Run: its Changes, those held back under their Guards, and conflicts; with `--json` a line each. */
export async function showPlan(context: CommandContext, run: Run): Promise<void> {
  const { output } = context
  const conflicts = await conflictsOf(context, run)
  if (run.plan === null && run.held === 0 && conflicts.length === 0) {
    if (!output.json) output.text('Nothing differs.')
    return
  }
  const head = output.json ? await printJson(context, run) : await printText(context, run)
  if (output.json) output.data({ ...head, conflicts })
  else printConflicts(context, conflicts)
}

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
  output.text(`\nPlan of Run ${run.id} for ${run.netbox_endpoint.name}: ${sizesText(head)}`)
  const held: PlanRow[] = []
  let shown = 0
  for await (const row of readPlanRows(api, run.run_id, context.signal)) {
    shown += 1
    if (shown > changesShown) break
    if (row.guard === null)
      for (const line of changeLines(row.change, output.color)) output.text(line)
    else held.push(row)
  }
  for (const line of heldLines(held, output.color)) output.text(line)
  if (shown > changesShown)
    output.text(
      `\n… and more: "proxbox show ${run.id} --plan -o plan-${run.id}.json" writes all of them.`
    )
  return head
}

const sizesText = ({ count, held }: PlanHead): string =>
  `${count} Changes${held === 0 ? '' : `, ${held} of them held back`}`

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
  const title = { run: run.id, netbox: run.netbox_endpoint.name }
  if (planFormatOf(file) === '.json')
    await writePlanJson(file, title, readPlanRows(api, run.run_id, context.signal))
  else {
    const head = await readPlanHead(api, run.run_id, context.signal)
    const conflicts = await conflictsOf(context, run)
    const rows = readPlanRows(api, run.run_id, context.signal)
    await writeWhole(file, markdownOf({ ...title, ...head, conflicts }, rows))
  }
  if (!context.output.json) context.output.text(`The Plan is in ${file}.`)
}
