import t from 'tap'
import { nameOf, repositoryFiles, sourceFiles, textOf } from '../src/checkout.ts'
import { importsOf } from '../src/imports-of.ts'
import { type Doors, deepImports, emptyNames, wholesaleExports } from '../src/name-faults.ts'

t.test('every file and folder of a src has a name that says something', async (t) => {
  t.same(emptyNames(sourceFiles()), [])
})

t.test('packages list their exports one by one and are entered by their doors', async (t) => {
  const doors = declaredDoors()
  t.same(doors['@proxbox/simulator'], ['./proxmox', './netbox'])
  for (const file of sourceFiles()) {
    const text = textOf(file)
    const faults = [...wholesaleExports(file, text), ...deepImports(file, importsOf(text), doors)]
    if (faults.length > 0) t.fail(faults.join('\n'))
  }
})

t.test('canary: empty names, export * and deep imports are faults', async (t) => {
  const files = ['utils.ts', 'common/a.ts', 'types/a.ts', 'run-manager.ts', 'date-helpers.ts']
  t.equal(emptyNames(files.map((file) => `apps/gateway/src/${file}`)).length, files.length)
  t.same(emptyNames(['packages/contracts/src/sync-types.ts', 'tests/laws/test/base.ts']), [])
  t.equal(wholesaleExports('a.ts', "export * from './b.ts'\nexport { c } from './c.ts'").length, 1)
  const doors = { '@proxbox/http': ['.'], '@proxbox/simulator': ['./netbox'] }
  t.equal(deepImports('a.ts', ['@proxbox/http/src/proxy.ts'], doors).length, 1)
  t.equal(deepImports('a.ts', ['@proxbox/simulator'], doors).length, 1)
  t.same(deepImports('a.ts', ['@proxbox/http', '@proxbox/simulator/netbox', 'undici'], doors), [])
})

function declaredDoors(): Doors {
  const manifests = repositoryFiles().filter((file) => /^[^/]+\/[^/]+\/package\.json$/.test(file))
  return Object.fromEntries(
    manifests.map((file) => {
      // The two forms that Node reads; ours use no others, and the cli has no door at all.
      const { exports = {} } = JSON.parse(textOf(file)) as {
        exports?: string | Record<string, string>
      }
      const doors = typeof exports === 'string' ? ['.'] : Object.keys(exports)
      return [nameOf(file.replace('/package.json', '')), doors]
    })
  )
}
