import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { copyCheckout } from '../src/checkout.ts'
import { runTool } from '../src/run-tool.ts'

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('')

const branches = lines(20, (n) => `  if (a > ${n}) { for (;;) { if (a) return ${n} } }`)

/** One violation a file, and the rule that has to see it. */
const violations: Readonly<Record<string, readonly [rule: string, text: string]>> = {
  'packages/contracts/src/planted-io.ts': [
    'style/noRestrictedImports',
    "import { readFileSync } from 'node:fs'\nexport const a = readFileSync\n"
  ],
  'packages/reconcile/src/planted-io.ts': [
    'style/noRestrictedImports',
    "import { readFile } from 'node:fs/promises'\nexport const a = readFile\n"
  ],
  'packages/reconcile/src/planted-simulator.ts': [
    'style/noRestrictedImports',
    "import { a } from '@proxbox/simulator/netbox'\nexport const b = a\n"
  ],
  'packages/http/src/planted-embedded.ts': [
    'style/noRestrictedImports',
    "import { a } from '@proxbox/embedded'\nexport const b = a\n"
  ],
  'apps/collector/src/planted-simulator.ts': [
    'style/noRestrictedImports',
    "import { a } from '@proxbox/simulator/proxmox'\nexport const b = a\n"
  ],
  'apps/gateway/src/planted-env.ts': [
    'style/noProcessEnv',
    'export const a = process.env.PROXBOX_PLANTED\n'
  ],
  'apps/gateway/src/planted-console.ts': [
    'suspicious/noConsole',
    "export const a = () => console.log('a')\n"
  ],
  'apps/gateway/src/planted-default.ts': ['style/noDefaultExport', 'export default 1\n'],
  'apps/gateway/src/PlantedName.ts': ['style/useFilenamingConvention', 'export const a = 1\n'],
  'apps/gateway/src/planted-any.ts': ['suspicious/noExplicitAny', 'export const a: any = 1\n'],
  'packages/netbox/src/planted-long.ts': [
    'style/noExcessiveLinesPerFile',
    lines(301, (n) => `export const a${n} = ${n}`)
  ],
  'packages/netbox/src/planted-function.ts': [
    'complexity/noExcessiveLinesPerFunction',
    `export function a(b: number[]) {\n${lines(61, (n) => `  b.push(${n})`)}}\n`
  ],
  'packages/netbox/src/planted-branches.ts': [
    'complexity/noExcessiveCognitiveComplexity',
    `export function a(a: number) {\n${branches}  return a\n}\n`
  ],
  'packages/netbox/src/planted-parameters.ts': [
    'complexity/useMaxParams',
    'export const a = (b: 1, c: 1, d: 1, e: 1, f: 1) => [b, c, d, e, f]\n'
  ],
  'packages/bus/src/planted-cycle.ts': [
    'suspicious/noImportCycles',
    "import { b } from './planted-other-half.ts'\nexport const a = () => b\n"
  ],
  'packages/bus/src/planted-floating.ts': [
    'nursery/noFloatingPromises',
    'async function a() {\n  return 1\n}\nexport function b() {\n  a()\n}\n'
  ],
  'packages/bus/src/planted-cause.ts': [
    'style/useErrorCause',
    "export function a() {\n  try {\n    a()\n  } catch (error) {\n    throw new Error('b')\n  }\n}\n"
  ]
}

/** What would be one of the above elsewhere and is allowed where it stands. */
const allowed: Readonly<Record<string, string>> = {
  'packages/bus/src/planted-other-half.ts':
    "import { a } from './planted-cycle.ts'\nexport const b = () => a\n",
  'apps/cli/src/planted-simulator.ts':
    "import { a } from '@proxbox/simulator/netbox'\nexport const b = a\n",
  'packages/netbox/test/planted.ts': "import { a } from '@proxbox/embedded'\nexport const b = a\n",
  'packages/contracts/src/planted-table.ts': lines(301, (n) => `export const a${n} = ${n}`)
}

t.test('canary: each planted violation is seen, and what is allowed is not', async (t) => {
  const copy = copyCheckout()
  t.teardown(() => rmSync(copy, { recursive: true }))
  plant(copy, allowed)
  plant(
    copy,
    Object.fromEntries(Object.entries(violations).map(([file, [, text]]) => [file, text]))
  )
  const planted = [...Object.keys(violations), ...Object.keys(allowed)]
  const { code, stdout } = runTool(copy, [
    '@biomejs/biome',
    'lint',
    '--reporter=json',
    '--max-diagnostics=none',
    ...planted
  ])
  t.equal(code, 1)
  const seen = rulesByFile(stdout)
  for (const [file, [rule]] of Object.entries(violations)) {
    t.ok(seen[file]?.includes(`lint/${rule}`), `${rule} in ${file}: ${seen[file]}`)
  }
  for (const file of Object.keys(allowed)) {
    const rules = (seen[file] ?? []).filter((rule) => !rule.endsWith('/noImportCycles'))
    t.same(rules, [], file)
  }
})

function plant(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
}

function rulesByFile(report: string): Record<string, string[]> {
  // The shape of Biome's JSON reporter, pinned with Biome; another one fails the assertions.
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  const rules: Record<string, string[]> = {}
  for (const { category, location } of diagnostics) {
    const file = typeof location.path === 'string' ? location.path : location.path.file
    rules[file] = [...(rules[file] ?? []), category]
  }
  return rules
}
