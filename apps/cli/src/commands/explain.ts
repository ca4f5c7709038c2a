import { type ItemExplanation, ProxboxError } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { findItem } from '../client/find-item.ts'
import { readNames } from '../client/read-names.ts'
import { explainLines } from '../print/explain-text.ts'
import type { CommandContext, ExitCode } from './context.ts'

type Item = Static<typeof ItemExplanation>

/** `proxbox explain ITEM [FIELD]`: value, source, policy, Run, and why it was not changed. */
export async function explainCommand(
  context: CommandContext,
  item: string,
  field: string | undefined
): Promise<ExitCode> {
  const api = await context.api()
  const id = await findItem(api, item, context.signal)
  const explained = await api.call<Item>(
    'explainItem',
    { params: { id }, query: { field } },
    context.signal
  )
  if (field !== undefined && explained.fields.length === 0)
    throw new ProxboxError('NOT_FOUND', { what: `field of ${explained.label}`, id: field })
  if (context.output.json) context.output.data(explained)
  else await print(context, explained)
  return 0
}

async function print(context: CommandContext, item: Item): Promise<void> {
  const { api, output, signal } = context
  const values = item.fields.flatMap(({ value, kept, planned }) => [
    value,
    kept?.wanted,
    planned?.wanted
  ])
  const names = await readNames(await api(), { values }, signal)
  for (const line of explainLines(item, output.color, names)) output.text(line)
}
