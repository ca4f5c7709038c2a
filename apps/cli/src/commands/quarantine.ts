import { findItem, type ItemRow } from '../client/find-item.ts'
import { readPages } from '../client/read-pages.ts'
import { plainText } from '../print/value-text.ts'
import type { CommandContext, ExitCode } from './context.ts'

const itemsShown = 2000

/** `proxbox quarantine`: what NetBox has refused, in its own words, and when it is tried again. */
export async function listQuarantine({ api, output, signal }: CommandContext): Promise<ExitCode> {
  const { rows, count } = await readPages<ItemRow>(
    await api(),
    'listItems',
    { query: { quarantined: true }, most: itemsShown },
    signal
  )
  if (output.json) output.data({ count, results: rows })
  else if (rows.length === 0) output.text('NetBox has refused nothing.')
  else {
    output.table(
      ['item', 'kind', 'object', 'action', 'refused', 'tried again after', 'NetBox says'],
      rows.map(({ id, kind, label, quarantine: why }) => [
        id,
        kind,
        plainText(label),
        why?.action,
        why?.failures,
        why?.retry_at,
        plainText(why?.detail ?? '')
      ])
    )
    if (count > rows.length) output.text(`… and ${count - rows.length} more`)
    output.text(
      'Mended in NetBox? The next Run tries again at once: proxbox quarantine release ITEM'
    )
  }
  return 0
}

/** `proxbox quarantine release ITEM`: the next Run sends it again. */
export async function releaseItem(context: CommandContext, item: string): Promise<ExitCode> {
  const api = await context.api()
  const id = await findItem(api, item, context.signal)
  const params = { id }
  const { kind, label, quarantine } = await api.call<ItemRow>(
    'readItem',
    { params },
    context.signal
  )
  const released = await api.call('releaseItem', { params }, context.signal)
  const name = plainText(`${kind} ${label}`)
  if (context.output.json) context.output.data(released)
  else if (quarantine === null)
    context.output.text(`${name} is not in quarantine: there is nothing to release.`)
  else context.output.text(`${name} is released: the next Run sends it again.`)
  return 0
}
