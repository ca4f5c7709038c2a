import type { Test } from 'tap'
import { typeCommand } from '../type-command.ts'
import type { Installation, Row } from './keep.ts'
import { identitiesIn, rowsOf } from './rows-of.ts'

export type Decision = 'same' | 'copy' | 'take-over'

/** A Run that is refused and has written nothing. @returns the commands that its error offers, by decision */
export async function isAsked(
  t: Test,
  { journey }: Installation,
  row: Row,
  wanted: { readonly owner: RegExp; readonly decisions: readonly Decision[] }
): Promise<ReadonlyMap<string, string>> {
  row.gate.clear()
  const { run } = await journey.sync({ netbox_endpoint_ids: [row.id] })
  t.equal(run.state.value, 'failed')
  t.match(run.error, { code: 'NETBOX_OWNED', detail: wanted.owner }, 'it says whose NetBox it is')
  t.same(Object.keys(row.gate.counts()), ['GET'], 'it was looked at, and nothing is written')
  const offered = String(run.error?.detail).matchAll(/"proxbox (.+? --as ([a-z-]+))"/g)
  const commands = new Map([...offered].map(([, command = '', as = '']) => [as, command]))
  t.same([...commands.keys()].sort(), [...wanted.decisions].sort(), 'and how to answer')
  return commands
}

/** A person types the command that the refusal offers. */
export async function answers(
  t: Test,
  { journey }: Installation,
  commands: ReadonlyMap<string, string>,
  decision: Decision
): Promise<void> {
  const { code, text } = await typeCommand(journey, commands.get(decision) ?? '')
  t.equal(code, 0, `${decision}: ${text.trim()}`)
}

/** A Run to its good end. @returns what it has asked NetBox, by method, reads apart */
export async function writesOf(
  t: Test,
  { journey }: Installation,
  row: Row
): Promise<Readonly<Record<string, number>>> {
  row.gate.clear()
  const { run } = await journey.sync({ netbox_endpoint_ids: [row.id] })
  t.equal(run.state.value, 'succeeded', `a Run of Endpoint ${row.id}`, {
    errors: [run.error, ...run.errors]
  })
  const { GET: _reads, ...writes } = row.gate.counts()
  return writes
}

/** A Run finds nothing to write. */
export const isQuiet = async (t: Test, kept: Installation, row: Row): Promise<void> => {
  t.same(await writesOf(t, kept, row), {}, 'nothing to write')
}

/** A Run makes the tag that says who keeps NetBox, puts it on what it keeps, and nothing else. */
export async function writesItsTag(t: Test, kept: Installation, row: Row): Promise<void> {
  const before = await rowsOf(row.gate)
  const tags = await identitiesIn(row.gate)
  t.match(await writesOf(t, kept, row), { POST: 1, PATCH: Number, DELETE: undefined })
  t.equal((await identitiesIn(row.gate)).length, tags.length + 1, 'its tag is what it has made')
  t.same(await rowsOf(row.gate), before, 'nothing is made twice, changed or deleted')
}
