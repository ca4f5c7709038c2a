import type { Test } from 'tap'
import { answers, isAsked, isQuiet, writesItsTag } from './asked.ts'
import { type Kept, openInstallation } from './keep.ts'
import { ledgersOf } from './ledger-of.ts'
import { identitiesIn } from './rows-of.ts'

/** A second installation of Proxbox is given a NetBox that the first one keeps. */
export async function otherInstallation(t: Test, kept: Kept): Promise<void> {
  const { ground, production } = kept
  const [theirs = 'no tag'] = await identitiesIn(ground.production)
  const other = await openInstallation(kept.world)
  t.teardown(() => other.close())
  const row = await other.addRow('found', ground.production)
  const commands = await isAsked(t, other, row, foreign(theirs))
  await answers(t, other, commands, 'take-over')
  await writesItsTag(t, other, row)
  const [ledger] = (await ledgersOf(other.journey)).values()
  const [known] = (await ledgersOf(kept.journey)).values()
  t.equal(ledger?.ids.size, known?.ids.size, 'it has found all that the first one knows')
  t.equal(ledger?.created, 0, 'by its evidence: of nothing it says that it made it')
  await isQuiet(t, other, row)
  const [, ours = 'no tag'] = await identitiesIn(ground.production)
  await isAsked(t, kept, production, foreign(ours))
}

const foreign = (tag: string) =>
  ({
    owner: new RegExp(`another installation keeps it \\(tag ${tag}\\)`),
    decisions: ['take-over', 'copy']
  }) as const
