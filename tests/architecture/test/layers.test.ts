import t from 'tap'
import { sourceFiles, textOf } from '../src/checkout.ts'
import { importsOf } from '../src/imports-of.ts'
import { layerFaults } from '../src/layer-faults.ts'

t.test('every import of the checkout goes down the layers', async (t) => {
  const files = sourceFiles()
  t.ok(files.length > 100, 'the scan sees the sources')
  t.same(
    files.flatMap((file) => layerFaults(file, importsOf(textOf(file)))),
    []
  )
})

t.test('canary: an import against the layers is a fault', async (t) => {
  const against = [
    ['packages/contracts/src/a.ts', '@proxbox/http'],
    ['packages/contracts/src/a.ts', 'ipaddr.js'],
    ['packages/reconcile/src/a.ts', '@proxbox/netbox'],
    ['packages/reconcile/src/a.ts', 'node:crypto'],
    ['packages/http/src/a.ts', '@proxbox/bus'],
    ['packages/embedded/src/a.ts', '@proxbox/contracts'],
    ['packages/simulator/src/a.ts', '@proxbox/netbox'],
    ['packages/simulator/test/a.test.ts', '@proxbox/netbox'],
    ['packages/proxmox/src/a.ts', '@proxbox/netbox'],
    ['packages/netbox/src/a.ts', 'undici'],
    ['packages/service-kit/src/a.ts', '@proxbox/database'],
    ['apps/gateway/src/a.ts', '@proxbox/registry'],
    ['apps/gateway/test/a.test.ts', '@proxbox/registry'],
    ['apps/collector/src/a.ts', '@proxbox/simulator/netbox'],
    ['apps/collector/src/a.ts', '@proxbox/reconcile/testing'],
    ['apps/registry/src/db/a.ts', 'drizzle-orm/pg-core'],
    ['apps/registry/src/a.ts', '../../inventory/src/db/schema.ts'],
    ['apps/billing/src/a.ts', '@proxbox/contracts']
  ] as const
  for (const [file, specifier] of against) {
    t.equal(layerFaults(file, [specifier]).length, 1, `${file} → ${specifier}`)
  }
})

t.test('what the layers allow is none', async (t) => {
  const allowed = [
    ['packages/netbox/src/a.ts', '@proxbox/http'],
    ['packages/netbox/test/a.test.ts', '@proxbox/simulator/netbox'],
    ['packages/netbox/test/a.test.ts', '../src/index.ts'],
    ['packages/embedded/src/nkey.ts', 'nats'],
    ['apps/cli/src/a.ts', '@proxbox/embedded'],
    ['apps/collector/test/a.test.ts', '@proxbox/reconcile/testing'],
    ['tests/journey/test/a.test.ts', '@proxbox/collector']
  ] as const
  for (const [file, specifier] of allowed) t.same(layerFaults(file, [specifier]), [], file)
})

t.test('the scan finds every form of import and no comment', async (t) => {
  const text = `import a, { type b } from 'a'
import type {
  c
} from "@x/c/deep"
import 'd'
export { e } from './e.ts'
const f = await import('f')
const g = require('g') as typeof import('h')
// import i from 'i'
/* import j from 'j' */`
  t.same([...importsOf(text)].sort(), ['./e.ts', '@x/c/deep', 'a', 'd', 'f', 'g', 'h'])
})
