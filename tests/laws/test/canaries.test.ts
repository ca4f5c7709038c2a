import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { brokenBy, canaries } from '../src/canaries.ts'
import { lawSeed } from '../src/config.ts'
import { prove } from '../src/law.ts'
import { laws } from '../src/laws/index.ts'

// Most fall at the first cases; what only one case in twelve shows must not stay unseen by bad luck.
const tries = 500

t.same(
  canaries.map((canary) => canary.law),
  laws.map(({ name }) => name),
  'a canary for every law'
)
for (const canary of canaries) {
  t.test(`${canary.law} turns red when ${canary.says}`, async (t) => {
    const law = laws.find(({ name }) => name === canary.law)
    if (law === undefined) throw new Error(`no law ${canary.law}`)
    await t.rejects(
      prove(law, brokenBy(canary, inProcess, tries)),
      { message: /: broken in process[\s\S]*again with PROXBOX_LAWS_SEED=\d+$/ },
      `seen within ${tries} cases of PROXBOX_LAWS_SEED=${lawSeed}`
    )
  })
}
