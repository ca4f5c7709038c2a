import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { holdHome } from '../src/stack/hold-home.ts'

const folder = await mkdtemp(join(tmpdir(), 'proxbox-hold-'))
t.teardown(() => rm(folder, { recursive: true }))

t.test(
  'of many that come at once one holds the home, and nothing is left of the others',
  async (t) => {
    for (let round = 1; round <= 100; round += 1) {
      const home = await mkdtemp(join(folder, 'home-'))
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holdHome(home)))
      const held = tries.filter((one) => one.status === 'fulfilled')
      if (held.length !== 1) return t.fail(`${held.length} hold it in round ${round}`)
      for (const one of tries)
        if (one.status === 'rejected' && one.reason.name !== 'HomeInUse') throw one.reason
      t.same(await readdir(home), ['owner'])
      await held[0]?.value()
      t.same(await readdir(home), [], 'it is free again')
    }
  }
)

t.test('what a killed process left is taken over', async (t) => {
  const home = await mkdtemp(join(folder, 'home-'))
  // Pid 1 lives, and began at another time; of the second there is no process; the third was cut short.
  for (const left of ['1\nnever', `${2 ** 22 + 1}\n5`, '']) {
    await writeFile(join(home, 'owner'), left)
    const release = await holdHome(home)
    await t.rejects(holdHome(home), { name: 'HomeInUse' })
    await release()
  }
})
