import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { json, openFakeGateway, runLine } from './fake-gateway.ts'

async function freshHome(t: { teardown(fn: () => unknown): void }): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'proxbox-demo-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 3 }))
  return home
}

t.test('the demo fills a NetBox, and its second Run writes nothing', async (t) => {
  const home = await freshHome(t)
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  const settings = { ...env, PROXBOX_HOME: home, PROXBOX_PORT: '0', LOG_LEVEL: 'warn' }
  const line = 'demo --once --guests 8 --clusters 2 --seed 3 --json'
  const { code, out, err } = await runLine(line, settings, AbortSignal.timeout(100_000))
  t.equal(err, '')
  const lines = out
    .trim()
    .split('\n')
    .map((text): Record<string, unknown> => JSON.parse(text))
  const last = lines.at(-1)
  t.match(last, { ok: true, second_run_writes: 0 })
  t.ok(Number(last?.created) > 16, 'more than the guests alone')
  t.equal(lines.filter(({ event }) => event === 'complete').length, 2)
  t.equal(code, 0)
  t.notOk((await readdir(home)).includes('owner'), 'the stack is stopped')
})

t.test('a home that is no demo is left alone', async (t) => {
  const home = await freshHome(t)
  await writeFile(join(home, 'admin-token'), 'precious\n')
  const { code, err } = await runLine('demo --once', { PROXBOX_HOME: home })
  t.equal(code, 1)
  t.match(err, /holds a system that is no demo: give the demo a PROXBOX_HOME of its own/)
  t.same(await readdir(home), ['admin-token'])
  t.equal(await readFile(join(home, 'admin-token'), 'utf8'), 'precious\n')
})

t.test('a home that the next demo deletes is none to work in', async (t) => {
  const home = await freshHome(t)
  await writeFile(join(home, 'demo'), 'made by "proxbox demo", which deletes this folder\n')
  const { code, err } = await runLine('up', { PROXBOX_HOME: home })
  t.equal(code, 1)
  t.match(err, /holds what a demo left, and the next demo deletes it: give this one a PROXBOX_HOME/)
  t.same(await readdir(home), ['demo'])
})

t.test('a NetBox of the person that cannot be used is named before anything starts', async (t) => {
  const { url } = await openFakeGateway(t, { 'GET /api/status/': json(403, { detail: 'no' }) })
  const cases: [Record<string, string>, RegExp][] = [
    [{ NETBOX_URL: url }, /NETBOX_URL is set but NETBOX_TOKEN is not/],
    [{ NETBOX_URL: 'netbox', NETBOX_TOKEN: 'x' }, /NETBOX_URL is "netbox": it must be like https:/],
    [{ NETBOX_URL: url, NETBOX_TOKEN: 'x' }, /answered 403 to \/api\/status\/: check NETBOX_URL/]
  ]
  for (const [env, expected] of cases) {
    const home = await freshHome(t)
    const { code, err } = await runLine('demo --once', { ...env, PROXBOX_HOME: home })
    t.equal(code, 1)
    t.match(err, expected)
  }
})
