import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { brokenBy } from '../src/canaries.ts'
import { lawSeed } from '../src/config.ts'
import { search } from '../src/law.ts'
import { lifeCanaries } from '../src/lives/canaries.ts'
import { knownLives } from '../src/lives/known-lives.ts'
import { life, lives, tellLife } from '../src/lives/life.ts'

const numRuns = 60

t.test('whatever happens, a Run leaves nothing to do', async (t) => {
  t.comment(`PROXBOX_LAWS_SEED=${lawSeed}`)
  await search(lives, {
    name: 'A life: broken in process',
    numRuns,
    holds: (one) => life(one, inProcess),
    tell: tellLife
  })
  t.pass(`${numRuns} cases`)
})

for (const [name, one] of Object.entries(knownLives))
  t.test(`so it is with ${name}`, async (t) => {
    await t.resolves(life(one, inProcess))
  })

for (const { says, life: name, breaks } of lifeCanaries)
  t.test(`a life turns red when ${says}`, async (t) => {
    const lived = life(knownLives[name], brokenBy({ breaks }, inProcess, 1))
    await t.rejects(lived, { message: /^(approved|answered|deleted|guest)/ })
  })
