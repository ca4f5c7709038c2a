import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { brokenBy, canaries, moreCanaries } from '../src/canaries.ts'
import { lawSeed } from '../src/config.ts'
import { prove } from '../src/law.ts'
import { laws } from '../src/laws/index.ts'

// Most fall at the first cases; what only one case in twelve shows must not stay unseen by bad luck.
const tries = 500
/** What a person still reads: the cluster before and after, and few things that happened to it. */
const most = { words: 60, lines: 5, happenings: 3 } as const

t.same(
  canaries.map((canary) => canary.law),
  laws.map(({ name }) => name),
  'a canary for every law'
)

/** The smallest case, as it is told: the lines between what broke and how to replay it. */
function caseOf(message: string): string[] {
  const lines = message.split('\n')
  const first = lines.findIndex((line) => line.startsWith('a cluster of '))
  return lines.slice(first, -1)
}

for (const { law: name, says, breaks } of [...canaries, ...moreCanaries]) {
  const law = typeof name === 'string' ? laws.find((one) => one.name === name) : name
  t.test(`${law?.name} turns red when ${says}`, async (t) => {
    if (law === undefined) throw new Error(`no law ${name}`)
    const failure = await prove(law, brokenBy({ breaks }, inProcess, tries)).then(
      () => `unseen in ${tries} cases of PROXBOX_LAWS_SEED=${lawSeed}`,
      (error: unknown) => String(error)
    )
    t.match(failure, /: broken in process[\s\S]*again with PROXBOX_LAWS_SEED=\d+$/)
    const told = caseOf(failure)
    t.ok(told.length > 0 && told.length <= most.lines, `${told.length} lines`)
    t.ok(told.join(' ').split(/\s+/).length <= most.words, told.join(' '))
    const happened = told.join(' ').match(/\(guest \d+, way \d+\)/g) ?? []
    t.ok(happened.length <= most.happenings, `${happened.length} things happened`)
  })
}
