import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { inProcess } from '../src/bench.ts'
import { guardCanaries, unguarded } from '../src/guard-canaries.ts'

const planner = fileURLToPath(new URL('../../../packages/reconcile/src', import.meta.url))

/** Names under which the planner holds Changes back. */
function guardNames(): string[] {
  const texts = readdirSync(planner, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(`${planner}/${file}`, 'utf8'))
  const named = /guardBy\('([\w-]+)'|parted\([\w.]+, '([\w-]+)'|guard: '([\w-]+)'/g
  const names = texts.flatMap((text) =>
    [...text.matchAll(named)].flatMap(([, ...found]) => found.filter((name) => name !== undefined))
  )
  return [...new Set(names)].sort()
}

t.same(
  guardCanaries.map(({ guard }) => guard),
  guardNames(),
  'a canary for every guard'
)
for (const { guard, sees } of guardCanaries) {
  t.test(`without ${guard} something turns red`, async (t) => {
    const failure = await sees(unguarded(guard, inProcess)).then(
      () => undefined,
      (error: unknown) => error
    )
    if (!(failure instanceof Error)) throw new Error(`nobody misses ${guard}`)
    t.notOk(failure instanceof RangeError || failure instanceof TypeError, failure.message)
    t.comment(failure.message.split('\n').slice(0, 2).join(' '))
  })
}
