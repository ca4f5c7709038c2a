import { gapsOf, kindNames, kinds as kindTable } from '@proxbox/contracts'
import { faultKinds } from '@proxbox/simulator/proxmox'
import t from 'tap'
import { faultOn, isContained, readEndpoints } from '../src/fault-matrix/endpoints.ts'
import type { Harm } from '../src/fault-matrix/harms.ts'
import { kindsIn, openLab } from '../src/fault-matrix/lab.ts'

const lab = await openLab()
const kinds = kindsIn(lab)
const textsOf = (harms: readonly Harm[], kind: string) =>
  harms.filter((harm) => harm.kind === kind).map(({ text }) => text)

t.test('the matrix strikes each call that is made, and no other', async (t) => {
  const asked = new Set<string>()
  const spy = ({ route }: { route: string }) => {
    asked.add(route)
    return false
  }
  await lab.read(lab.world, { kind: 'slow', on: spy })
  t.strictSame([...asked].sort(), readEndpoints.map(({ route }) => route).sort())
})

t.test('it looks at every kind that Proxbox makes', async (t) => {
  // A site is only made where an Endpoint asks for one.
  const made = kindNames.filter((kind) => !('readOnly' in kindTable[kind]) && kind !== 'site')
  t.strictSame(kinds, made)
})

t.test('what really goes meanwhile is more than one sort of thing', async (t) => {
  t.ok(new Set(lab.rightful.map(({ kind }) => kind)).size >= 3, JSON.stringify(lab.rightful))
})

t.test('canary: a configuration that was lost without a gap is seen as harm', async (t) => {
  const estate = await lab.read(lab.world)
  const clusters = estate.clusters.map((cluster) => ({
    ...cluster,
    guests: cluster.guests.map(({ config, ...guest }) => ({
      ...guest,
      ...(config === undefined ? {} : { config: { ...config, nics: [], disks: [], tags: [] } })
    }))
  }))
  const { harms } = await lab.plan({ clusters, gaps: [] })
  const seen = new Set(harms.map(({ kind }) => kind))
  for (const kind of ['disk', 'mac-address', 'vm'] as const) t.ok(seen.has(kind), kind)
})

for (const endpoint of readEndpoints) {
  t.test(`GET ${endpoint.route}`, async (t) => {
    for (const fault of faultKinds) {
      t.test(fault, async (t) => {
        const struck = faultOn(endpoint, fault)
        const estate = await lab.read(lab.world, struck)
        const isTruthful = endpoint.truthful?.includes(fault) ?? false
        if (!isTruthful) t.not(gapsOf(estate).length, 0, 'a gap tells of it')
        const { plan, harms } = await lab.plan(estate)
        for (const kind of kinds) {
          const message = `no ${kind} is deleted, blanked, renamed, marked stale or unlinked`
          t.strictSame(textsOf(harms, kind), [], message)
        }
        t.strictSame(plan.changes, [], 'nothing is made twice or written at all')
        const late = await lab.plan(estate, 30)
        t.strictSame(late.harms, [], 'nor does a month of it take anything away')

        const meanwhile = await lab.plan(await lab.read(lab.changed, struck))
        for (const kind of kinds) {
          const rightful = textsOf(lab.rightful, kind)
          const own = textsOf(meanwhile.harms, kind)
          const other = own.filter((text) => !rightful.includes(text))
          t.strictSame(other, [], `while a guest really changes, no other ${kind} suffers`)
          if (!isContained(endpoint, fault)) continue
          t.strictSame(own, rightful, `what really goes of each ${kind} goes all the same`)
        }
      })
    }
  })
}
