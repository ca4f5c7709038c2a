import type { Change } from '@proxbox/contracts'
import type { PlanHead, PlanRow } from '../client/read-plan.ts'
import { type ConflictRow, conflictPlace } from '../print/conflict-text.ts'
import { whyText } from '../print/plan-text.ts'
import { plainText, valueText } from '../print/value-text.ts'

export interface PlanTitle extends PlanHead {
  readonly run: number
  readonly netbox: string
  readonly conflicts: readonly ConflictRow[]
}

/** A Plan as Markdown: a heading per object with a table of its fields, held ones last, then conflicts. */
export async function* markdownOf(
  title: PlanTitle,
  rows: AsyncIterable<PlanRow>
): AsyncGenerator<string> {
  yield `# Plan of Run ${title.run} for ${cell(title.netbox)}\n\n`
  yield `${title.count} Changes, ${title.held} of them held back. Run \`${title.run_id}\`, SHA-256 \`${title.sha256}\`.\n`
  const held: PlanRow[] = []
  for await (const row of rows) {
    if (row.guard === null) yield changeSection(row.change, '##')
    else held.push(row)
  }
  for (const [guard, those] of Map.groupBy(held, (row) => row.guard)) {
    yield `\n## Held back by ${cell(guard ?? '')}\n`
    for (const { change, detail } of those)
      yield `${changeSection(change, '###')}\n${cell(detail)}\n`
  }
  if (title.conflicts.length > 0) yield '\n## Conflicts\n\n'
  for (const conflict of title.conflicts)
    yield `- ${conflict.id}: ${cell(conflictPlace(conflict))}: ${cell(conflict.detail)}\n`
}

function changeSection({ action, kind, label, before, after, why }: Change, mark: string): string {
  const head = `\n${mark} ${action} ${kind} ${cell(label)}\n`
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  if (action === 'delete' || fields.length === 0) return head
  const lines = fields.map((field) => {
    const reason = why[field]
    const parts = [
      field,
      action === 'create' ? '' : valueText(before[field]),
      valueText(after[field]),
      reason === undefined ? '' : whyText(reason)
    ]
    return `| ${parts.map(cell).join(' | ')} |\n`
  })
  return `${head}\n| field | before | after | why |\n| --- | --- | --- | --- |\n${lines.join('')}`
}

/** Pure: names are typed by people: nothing in them is markup. */
const cell = (text: string): string => plainText(text).replace(/[\\`*_[\]<>|#~]/g, '\\$&')
