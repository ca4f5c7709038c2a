import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { copyCheckout } from '../src/checkout.ts'
import { runTool } from '../src/run-tool.ts'

const copy = copyCheckout()
t.teardown(() => rmSync(copy, { recursive: true }))

t.test('canary: turbo boundaries sees a dependency against the layers', async (t) => {
  // service-kit on database and embedded on contracts lie within the tags: layers.test.ts.
  const against = [
    ['packages/contracts', 'reconcile'],
    ['packages/reconcile', 'netbox'],
    ['packages/http', 'bus'],
    ['packages/simulator', 'http'],
    ['packages/proxmox', 'netbox'],
    ['packages/service-kit', 'proxmox'],
    ['packages/netbox', 'service-kit'],
    ['apps/gateway', 'registry']
  ] as const
  for (const [workspace, name] of against) {
    const restore = addDependency(workspace, `@proxbox/${name}`)
    const { code, text } = runTool(copy, ['turbo', 'boundaries'])
    restore()
    const plain = text.replace(/[\s|│]+/g, ' ')
    const own = `@proxbox/${workspace.split('/')[1]}`
    t.equal(code, 1)
    t.match(
      plain,
      `Package \`@proxbox/${name}\` found without any tag listed in allowlist for \`${own}\``
    )
  }
})

t.test('canary: turbo boundaries sees an import that is not declared', async (t) => {
  const file = write('packages/reconcile/src/planted.ts', "import '@proxbox/http'\n")
  const { code, text } = runTool(copy, ['turbo', 'boundaries'])
  rmSync(file)
  t.equal(code, 1)
  t.match(text, /cannot import package `@proxbox\/http`[\s\S]{0,80}reconcile\/src\/planted\.ts/)
})

t.test('canary: a changed dependency is never answered from the cache', async (t) => {
  const before = hashOf('@proxbox/netbox')
  t.equal(hashOf('@proxbox/netbox'), before)
  // Two steps away: netbox → http → contracts; and what every workspace rests on.
  for (const file of ['packages/contracts/src/planted-key.ts', 'tools/planted.mjs']) {
    const planted = write(file, 'export const a = 1\n')
    t.not(hashOf('@proxbox/netbox'), before, file)
    rmSync(planted)
  }
  const unrelated = write('packages/bus/src/planted-key.ts', 'export const a = 1\n')
  t.equal(hashOf('@proxbox/netbox'), before)
  rmSync(unrelated)
})

t.test('canary: knip sees files, exports and dependencies that nobody uses', async (t) => {
  write('packages/http/src/planted-orphan.ts', 'export const a = 1\n')
  write('packages/http/src/planted-used.ts', 'export const b = 1\nexport const c = 1\n')
  write('packages/http/test/planted.test.ts', "import { b } from '../src/planted-used.ts'\nb\n")
  addDependency('packages/http', 'yaml')
  const { code, stdout } = runTool(copy, ['knip', '--no-progress', '--reporter=compact'])
  t.equal(code, 1)
  t.match(stdout, /packages\/http\/src\/planted-orphan\.ts/)
  t.match(stdout, /packages\/http\/src\/planted-used\.ts: c$/m)
  t.match(stdout, /packages\/http\/package\.json: .*yaml/)
})

t.test('canary: tsc refuses wrong types and syntax that Node cannot strip', async (t) => {
  write('packages/contracts/src/planted.ts', "export const a: number = 'b'\nexport enum B {}\n")
  const { code, stdout } = runTool(copy, ['typescript', '--noEmit', '-p', 'packages/contracts'])
  t.not(code, 0)
  t.match(stdout, /planted\.ts\(1,14\): error TS2322/)
  t.match(stdout, /planted\.ts\(2,13\): error TS1294/)
})

function hashOf(name: string): string | undefined {
  const { stdout } = runTool(copy, ['turbo', 'run', 'test', `--filter=${name}`, '--dry=json'])
  // turbo's own report, pinned with turbo.
  const { tasks } = JSON.parse(stdout) as { tasks: { taskId: string; hash: string }[] }
  return tasks.find(({ taskId }) => taskId === `${name}#test`)?.hash
}

function write(file: string, text: string): string {
  writeFileSync(join(copy, file), text)
  return join(copy, file)
}

function addDependency(workspace: string, name: string): () => void {
  const file = join(copy, workspace, 'package.json')
  const before = readFileSync(file, 'utf8')
  // A manifest of ours.
  const manifest = JSON.parse(before) as { dependencies?: Record<string, string> }
  const dependencies = { ...manifest.dependencies, [name]: '0.1.0' }
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies }))
  return () => writeFileSync(file, before)
}
