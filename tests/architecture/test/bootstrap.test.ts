import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { breakPackagedNode, buildBareCheckout, startBootstrap } from '../src/bare-checkout.ts'

function bare(t: Test): string {
  const folder = buildBareCheckout()
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const callsIn = (folder: string) =>
  existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : ''

t.test('a bare checkout installs once, then never again', async (t) => {
  const folder = bare(t)
  const first = await startBootstrap(folder, ['start', '--port', '1']).ended
  t.equal(first.code, 0, first.text)
  t.match(first.text, /"up","--port","1"\]/)
  await startBootstrap(folder, ['demo', '--once']).ended
  t.equal(callsIn(folder).match(/npm ci/g)?.length, 1)

  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  writeFileSync(join(folder, 'package-lock.json'), lock.replace('sha512-a', 'sha512-c'))
  await startBootstrap(folder, ['demo', '--once']).ended
  t.equal(callsIn(folder).match(/npm ci/g)?.length, 2, 'another hash is another package')
})

t.test('two commands at once share one install, and a dead one holds up nobody', async (t) => {
  const folder = bare(t)
  const both = [startBootstrap(folder, ['start', 'a=0']), startBootstrap(folder, ['demo', 'b=0'])]
  for (const { ended } of both) t.equal((await ended).code, 0)
  t.equal(callsIn(folder).match(/npm ci/g)?.length, 1)

  rmSync(join(folder, 'node_modules'), { recursive: true })
  // Above the largest pid that Linux and macOS give.
  writeFileSync(join(folder, '.cache/install.lock'), '99999999\n')
  t.equal((await startBootstrap(folder, ['start', 'a=0']).ended).code, 0)
})

t.test('a packaged Node that does not start gives way to the own one', async (t) => {
  const folder = bare(t)
  const whole = await startBootstrap(folder, ['start', 'a=0']).ended
  t.match(whole.text, `["${folder}/node_modules/node-`)
  breakPackagedNode(folder)
  const { code, text } = await startBootstrap(folder, ['start', 'a=0']).ended
  t.equal(code, 0, text)
  t.match(text, `["${process.execPath}`)
  t.notOk(existsSync(join(folder, 'node_modules/.bin/node')), 'it no longer shadows the own one')
})

t.test('the exit code is that of the child, and TERM reaches it', async (t) => {
  const folder = bare(t)
  t.equal((await startBootstrap(folder, ['start', 'code=3']).ended).code, 3)
  const started = startBootstrap(folder, ['start', '--wait'])
  await started.seen(/"--wait"/)
  process.kill(started.pid, 'SIGTERM')
  t.equal((await started.ended).code, 7)
})

t.test('what is missing is said in one sentence', async (t) => {
  const folder = bare(t)
  const unknown = await startBootstrap(folder, ['fly']).ended
  t.equal(unknown.code, 1)
  t.match(unknown.text, /^proxbox: usage: .*\n$/)
  const bench = await startBootstrap(folder, ['bench']).ended
  t.equal(bench.code, 1)
  const lost = await startBootstrap(folder, ['test', 'packages/a/', 'packages/c']).ended
  t.match([lost.code, lost.text], [1, /proxbox: there are no tests in packages\/c\.\n$/])
  t.match(bench.text, /proxbox: tests\/load\/bin\/bench\.ts is missing from this checkout\.\n$/)
})

interface Asked {
  readonly command?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command where tap's last line in the workspaces a and b is as given. */
function withResults(folder: string, results: Record<string, string>, asked: Asked = {}) {
  for (const [name, line] of Object.entries(results)) {
    writeFileSync(join(folder, 'packages', name, 'prepared'), `TAP version 14\n${line}\n`)
  }
  return startBootstrap(folder, [asked.command ?? 'test'], asked.env).ended
}

const green = { a: '# { total: 3, pass: 2, skip: 1 }', b: '# { total: 4, pass: 4 }' }

t.test('npm test ends with what passed and failed, and trusts no silence', async (t) => {
  const folder = bare(t)
  const passed = await withResults(folder, green)
  t.equal(passed.code, 0, passed.text)
  t.match(
    passed.text,
    /\npackages\/untested +has no tests\ntests\/conformance +has no tests\n6 passed, 0 failed\n$/
  )
  t.match(callsIn(folder), /tap build\nturbo run test .*--filter=@bare\/a --filter=@bare\/b\n$/)
  t.notMatch(callsIn(folder), /untested|--force/)

  const red = await withResults(folder, { ...green, b: '# { total: 4, pass: 3, fail: 1 }' })
  t.match([red.code, red.text], [1, /\n5 passed, 1 failed\n$/])
  const empty = await withResults(folder, { ...green, b: '# { total: 0 }' })
  t.match(
    [empty.code, empty.text],
    [1, /b +0 passed, 1 failed ran no test\n[\s\S]*\n2 passed, 1 failed\n$/]
  )
  const lost = await withResults(folder, { a: green.a })
  t.match([lost.code, lost.text], [1, /left no result\n[\s\S]*\n2 passed, 1 failed\n$/])
  const broken = await withResults(folder, green, { env: { RED: 'turbo run' } })
  t.match([broken.code, broken.text], [2, /\n6 passed, 1 failed\n$/])
  t.equal(callsIn(folder).match(/tap build/g)?.length, 1, 'built once per install')

  await withResults(folder, green, { env: { NATS_URL: 'nats://127.0.0.1:1' } })
  t.match(callsIn(folder), /--force/, 'a result made with another bus is not restored')
})

t.test('what failed is named once more at the end, with its message', async (t) => {
  const folder = bare(t)
  const b = `# Subtest: test/b.test.ts
    # Subtest: a law
        not ok 1 - broken by a case; again with SEED=7
          ---
          at:
            fileName: test/b.test.ts
            lineNumber: 3
          diff: |
            -two
            +one
          ...
        not ok 2 - later # todo
        1..2
    not ok 1 - a law # time=2ms
    1..1
not ok 1 - test/b.test.ts # time=3ms
  ---
  exitCode: 1
  signal: null
  ...
# Subtest: test/c.test.ts
    ok 1 - fine
not ok 2 - test/c.test.ts # time=4ms
  ---
  exitCode: null
  signal: SIGKILL
  ...
# { total: 4, pass: 1, fail: 2, todo: 1 }`
  const { text } = await withResults(folder, { ...green, b })
  const said = text.split('\n').filter((line) => line.startsWith('failed> '))
  t.same(said, [
    'failed> packages/b › test/b.test.ts › a law',
    'failed>   broken by a case; again with SEED=7',
    'failed>   at test/b.test.ts:3',
    'failed>     -two',
    'failed>     +one',
    'failed> packages/b',
    'failed>   test/c.test.ts',
    'failed>   signal: SIGKILL'
  ])
  t.match(text, /SIGKILL\n3 passed, 2 failed\n$/, 'and nothing after it but the sum')
  const gate = await withResults(folder, green, { command: 'check', env: { RED: 'knip' } })
  t.match(gate.text, /\nfailed> dead code\nfailed> {3}ended with 2\n10 passed, 1 failed\n$/)
})

t.test('npm run check runs every gate, and one red gate is enough', async (t) => {
  const folder = bare(t)
  const passed = await withResults(folder, green, { command: 'check' })
  t.match([passed.code, passed.text], [0, /\n11 passed, 0 failed\n$/])
  const gates = ['biome check', 'turbo boundaries', 'turbo run typecheck', 'tsc', 'knip']
  for (const gate of gates) {
    const { code, text } = await withResults(folder, green, {
      command: 'check',
      env: { RED: gate }
    })
    t.match([code, text], [1, /\n10 passed, 1 failed\n$/], gate)
  }
  t.equal(callsIn(folder).match(/^knip/gm)?.length, gates.length + 1, 'none is skipped')
})

t.test('npm run test:netbox hands the real NetBox and its version to tap', async (t) => {
  const folder = bare(t)
  const place = join(folder, 'tests/conformance')
  writeFileSync(join(place, 'prepared'), '# { total: 5, pass: 5 }\n')
  const args = ['test:netbox', '--netbox-version', '4.6.9', 'test/netbox.test.ts']
  const passed = await startBootstrap(folder, args).ended
  t.match([passed.code, passed.text], [0, /\n5 passed, 0 failed\n$/])
  t.match(callsIn(place), /^tap --timeout=2400 .* test\/netbox\.test\.ts\nreal 4\.6\.9\n$/)
  const silent = await startBootstrap(folder, ['test:netbox']).ended
  t.match([silent.code, silent.text], [1, /0 passed, 1 failed\n$/])
  const unknown = await startBootstrap(folder, ['test:netbox', '--netbox', '4']).ended
  t.match([unknown.code, unknown.text], [1, /^proxbox: Unknown option '--netbox'.*\n$/])
})
