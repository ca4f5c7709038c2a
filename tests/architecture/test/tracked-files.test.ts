import t from 'tap'
import { repositoryFiles, textOf } from '../src/checkout.ts'
import { textFaults } from '../src/text-faults.ts'

t.test('no file carries marks, machine paths or registry hosts', async (t) => {
  const texts = repositoryFiles()
    // This file holds the canaries below.
    .filter((file) => file !== 'tests/architecture/test/tracked-files.test.ts')
    .map((file) => ({ file, text: textOf(file) }))
    .filter(({ text }) => !text.includes('\0'))
  t.ok(texts.length > 100)
  t.same(
    texts.flatMap(({ file, text }) => textFaults(file, text)),
    []
  )
})

t.test('canary: each of them is a fault', async (t) => {
  t.match(textFaults('a.ts', 'const a = 1\n// TODO: later'), ['a.ts:2: TODO'])
  t.match(textFaults('a.ts', "const home = '/home/ada/proxbox'"), [/one machine/])
  t.match(textFaults('a.md', 'see /root/.ssh'), [/one machine/])
  t.match(
    textFaults('.npmrc', `registry=${['https://registry', 'packages.acme.dev/'].join('.')}`),
    [/host registry/]
  )
})

t.test('what every machine has is none', async (t) => {
  const text = 'https://registry.example/a ~/.cache /var/lib/proxbox /api/root/ a/home/b apps/work/'
  t.same(textFaults('a.md', text), [])
})
