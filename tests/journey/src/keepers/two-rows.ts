import type { Run } from '@proxbox/contracts'
import type { Test } from 'tap'
import { answers, isAsked } from './asked.ts'
import type { Kept, Row } from './keep.ts'
import { ledgersOf } from './ledger-of.ts'
import { rowsOf } from './rows-of.ts'

/** One NetBox was added twice, once as 127.0.0.1 and once as localhost. */
export async function twoRows(t: Test, kept: Kept): Promise<void> {
  const { journey, ground, production } = kept
  const [before, ledgers] = [await rowsOf(ground.production), await ledgersOf(journey)]
  const second = await kept.addRow('again', ground.production, { domain: 'localhost' })
  const commands = await isAsked(t, kept, second, {
    owner: /NetBox Endpoint production already keeps it/,
    decisions: ['same', 'copy']
  })
  await answers(t, kept, commands, 'same')
  await queues(t, kept, [production, second])
  t.same(await ledgersOf(journey), ledgers, 'they have one Ledger: nothing is known twice')
  t.same(await rowsOf(ground.production), before)
  await kept.removeRow(second)
}

/** They have one lease: while a Run of the first row is under way, one of the second row has to wait. Neither writes. */
async function queues(t: Test, { journey }: Kept, rows: readonly [Row, Row]): Promise<void> {
  const start = ({ id }: Row) =>
    journey.want<Run>('POST', '/sync/full-update/', { netbox_endpoint_ids: [id] })
  for (const { gate } of rows) gate.clear()
  const { reached, release } = rows[0].gate.hold()
  const first = await start(rows[0])
  let second: Run
  try {
    await reached
    second = await start(rows[1])
  } finally {
    release()
  }
  t.match(second.waiting_for, { reason: /busy/, run: first.id })
  const [ended, next] = await Promise.all([journey.follow(first), journey.follow(second)])
  t.match([ended.run.state.value, next.run.state.value], ['succeeded', 'succeeded'])
  t.ok(String(next.run.started) >= String(ended.run.ended), 'one behind the other')
  for (const { gate } of rows) t.same(Object.keys(gate.counts()), ['GET'], 'nothing to write')
}
