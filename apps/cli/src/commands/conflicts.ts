import { readNames } from '../client/read-names.ts'
import { readPages } from '../client/read-pages.ts'
import { type ConflictRow, conflictPage, conflictPlace } from '../print/conflict-text.ts'
import { plainText } from '../print/value-text.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { idFrom } from './ids-from.ts'

const conflictsShown = 1000
const where = '"proxbox conflicts" lists them'

/** `proxbox conflicts`: those that wait for a decision, or with `all` every one that is stored. */
export async function listConflicts(
  { api, output, signal }: CommandContext,
  { all = false }: { readonly all?: boolean }
): Promise<ExitCode> {
  const { rows, count } = await readPages<ConflictRow>(
    await api(),
    'listConflicts',
    { query: all ? {} : { state: 'open' }, most: conflictsShown },
    signal
  )
  if (output.json) output.data({ count, results: rows })
  else if (rows.length === 0) output.text('No conflict waits for a decision.')
  else {
    output.table(
      ['id', 'state', 'code', 'object', 'detail'],
      rows.map((one) => [one.id, one.state, one.code, conflictPlace(one), plainText(one.detail)])
    )
    if (count > rows.length) output.text(`… and ${count - rows.length} more`)
    output.text('Both sides and the possible decisions: proxbox conflicts show ID')
  }
  return 0
}

/** `proxbox conflicts show ID` */
export async function showConflict(context: CommandContext, text: string): Promise<ExitCode> {
  await print(context, await readConflict(context, text))
  return 0
}

/** `proxbox conflicts decide ID DECISION`: the decision answers the same conflict from the next Run on. */
export async function decideConflict(
  context: CommandContext,
  text: string,
  decision: string
): Promise<ExitCode> {
  const api = await context.api()
  const id = idFrom(text, 'a conflict', where)
  const decided = await api.call<ConflictRow>(
    'decideConflict',
    { params: { id }, body: { decision } },
    context.signal
  )
  const { output } = context
  if (output.json) output.data(decided)
  else {
    const does = decided.decisions.find((one) => one.decision === decision)?.does
    output.text(
      `Conflict ${id} is decided: ${decision}${does === undefined ? '' : ` (${plainText(does)})`}.`
    )
    output.text(followsFrom(decided))
  }
  return 0
}

/** Pure: how long a decision answers. */
const followsFrom = ({ code }: ConflictRow): string =>
  code === 'cluster-contradicts'
    ? 'The next Run does so, also one that only plans. Any other contradiction is asked about anew.'
    : 'The next Run does so, and so does each later one. See it first: proxbox plan'

async function readConflict(context: CommandContext, text: string): Promise<ConflictRow> {
  const api = await context.api()
  const id = idFrom(text, 'a conflict', where)
  return await api.call<ConflictRow>('readConflict', { params: { id } }, context.signal)
}

async function print({ api, output, signal }: CommandContext, conflict: ConflictRow) {
  if (output.json) return output.data(conflict)
  const values = [conflict.proxmox, conflict.netbox]
  const names = await readNames(await api(), { values }, signal)
  for (const line of conflictPage(conflict, output.color, names)) output.text(line)
}
