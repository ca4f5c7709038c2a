import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { root } from '../src/checkout.ts'
import { cleanEnvironment } from '../src/run-tool.ts'

/** Runs .ci/run where npm answers as told: `$*` is `run --silent check` and the like. */
function ciRun(t: Test, npm: string): { code: number | null; text: string; last: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'proxbox-ci-')))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, '.ci'), join(folder, '.ci'), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/bash\ncase "$*" in ${npm} esac\n`, { mode: 0o755 })
  // Not root: nothing is installed by a test.
  writeFileSync(join(folder, 'bin/id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 })
  const env = cleanEnvironment()
  const ended = spawnSync('bash', [join(folder, '.ci/run')], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...env, PATH: [join(folder, 'bin'), env.PATH].join(delimiter) }
  })
  const text = `${ended.stdout}${ended.stderr}`
  return { code: ended.status, text, last: ended.stdout.trimEnd().split('\n').at(-1) ?? '' }
}

const green = '*check*) echo "a 2 passed, 0 failed"; echo "5 passed, 0 failed";; '
const skip = process.platform === 'linux' ? false : 'reads /proc'

t.test('.ci/run sums what its parts counted, in one line at the end', { skip }, async (t) => {
  const { code, text, last } = ciRun(t, `${green} *netbox*) echo "3 passed, 0 failed";; *demo*) ;;`)
  t.equal(code, 0, text)
  t.equal(last, '10 passed, 0 failed')
  t.equal(text.match(/^\d+ passed, \d+ failed$/gm)?.length, 1)
})

t.test('it goes on after a failure, and a part that counts nothing is one', { skip }, async (t) => {
  const { code, last } = ciRun(t, `${green} *netbox*) exit 9;; *demo*) exit 1;;`)
  t.same([code, last], [1, '6 passed, 2 failed'])
  const unsaid = ciRun(t, `${green} *netbox*) echo "3 passed, 0 failed"; exit 1;; *demo*) ;;`)
  t.same([unsaid.code, unsaid.last], [1, '10 passed, 1 failed'])
})

t.test('what failed anywhere is said again before the sum', { skip }, async (t) => {
  const check = 'echo "failed> packages/a › a law"; echo "failed>   again with $PROXBOX_LAWS_SEED"'
  const red = `*check*) ${check}; echo "2 passed, 1 failed"; exit 1;;`
  const { text, last } = ciRun(
    t,
    `${red} *netbox*) echo "no Postgres"; exit 9;; *demo*) echo "no bus"; exit 3;;`
  )
  t.equal(last, '3 passed, 3 failed')
  const end = text.slice(text.indexOf('── what failed')).trimEnd().split('\n')
  t.match(end, [
    /PROXBOX_LAWS_SEED=20261124/,
    'failed> packages/a › a law',
    'failed>   again with 20261124',
    'failed> npm run test:netbox: ended with 9 before it could count',
    'failed> no Postgres',
    'failed> npm run demo -- --once: failed with 3',
    'failed> no bus',
    '3 passed, 3 failed'
  ])
})

t.test('canary: a process left behind is found, ended and a failure', { skip }, async (t) => {
  const stray = '*demo*) (setsid sleep 321 >/dev/null 2>&1 & echo "stray $!") ;;'
  const { code, text, last } = ciRun(t, `${green} *netbox*) echo "3 passed, 0 failed";; ${stray}`)
  t.same([code, last], [1, '9 passed, 1 failed'])
  t.match(text, /\nfailed> left behind: \d+ sleep 321/)
  const [, pid = ''] = text.match(/left behind: (\d+)/) ?? []
  // Gone, or dead and not yet reaped by an init that does not care: without a command line.
  const cmdline = join('/proc', pid, 'cmdline')
  t.equal(existsSync(cmdline) ? readFileSync(cmdline, 'utf8') : '', '')
})
