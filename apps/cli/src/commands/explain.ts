import { type ItemExplanation, ProxboxError } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { findItem } from '../client/find-item.ts'
import { explainLines } from '../print/explain-text.ts'
import type { CommandContext, ExitCode } from './context.ts'

/** `proxbox explain ITEM [FIELD]`: value, source, policy, Run, and why it was not changed. */
export async function explainCommand(
  context: CommandContext,
  item: string,
  field: string | undefined
): Promise<ExitCode> {
  const api = await context.api()
  const id = await findItem(api, item, context.signal)
  const explained = await api.call<Static<typeof ItemExplanation>>(
    'explainItem',
    { params: { id }, query: { field } },
    context.signal
  )
  if (field !== undefined && explained.fields.length === 0)
    throw new ProxboxError('NOT_FOUND', { what: `field of ${explained.label}`, id: field })
  if (context.output.json) context.output.data(explained)
  else for (const line of explainLines(explained, context.output.color)) context.output.text(line)
  return 0
}
