import type { Estate, Plan } from '@proxbox/contracts'
import t from 'tap'
import { planFor, runOn } from './planned.ts'
import { clusterOf, guest } from './sample-cluster.ts'
import { World } from './world.ts'

const [older, younger] = ['caaaaaaaa', 'cbbbbbbbb'] as const
const [one, two] = [older, younger].map((clusterId) =>
  clusterOf([guest(100)], { clusterId, name: 'lab' })
)
if (one === undefined || two === undefined) throw new Error('two were made')
const both: Estate = { clusters: [one, two], gaps: [] }
const merged: Estate = { clusters: [one], gaps: [] }
const options = { mergedClusters: new Map([[younger, older]]) }

const told = ({ notices }: Plan) => notices.filter(({ code }) => code === 'CLUSTER_MERGED')

t.test('what NetBox has of a younger id is told, and nothing is done to it', async (t) => {
  const world = new World()
  runOn(world, both)
  const rows = [...world.ledger.values()].filter(({ key }) => /cbbbbbbbb|nbbbbbbbb/.test(key))
  const plan = planFor(world, merged, options)
  t.same([plan.changes, plan.adoptions], [[], []])
  const [notice] = told(plan)
  t.match(notice, { key: `cluster:${older}`, label: `lab (${older})` })
  const facts = `still has ${rows.length} objects of its other id ${younger}: 1 cluster "`
  t.match(notice?.detail, facts)
  t.match(notice?.detail, /, 1 device, 1 VM, \d+ parts\. .*\/items\/\?cluster=cbbbbbbbb lists/)
  t.equal(told(plan).length, 1)
  t.same(told(planFor(world, merged)), [], 'an id that nobody has merged is released')
  t.same(
    told(planFor(world, { clusters: [], gaps: [] }, options)),
    [],
    'nor is it told where the cluster is not compared'
  )
})

t.test('it is told for as long as something of it is there, and whose that was', async (t) => {
  const world = new World()
  runOn(world, both)
  const rowOf = (key: string) => {
    const row = world.ledger.get(key)
    if (row === undefined) throw new Error(`no ${key}`)
    return row
  }
  const vm = rowOf(`vm:${younger}/qemu/100`)
  world.ledger.set(vm.key, { ...vm, origin: 'adopted' })
  t.match(told(planFor(world, merged, options)), [{ detail: /, 1 of all were there before/ }])
  const cluster = rowOf(`cluster:${younger}`)
  for (const [key, { kind, netbox_id }] of world.ledger)
    if (/cbbbbbbbb|nbbbbbbbb/.test(key) && key !== cluster.key)
      world.objects.delete(`netbox:${kind}/${netbox_id}`)
  t.match(told(planFor(world, merged, options)), [{ detail: /1 object of .*: 1 cluster "[^"]+"/ }])
  world.objects.delete(`netbox:cluster/${cluster.netbox_id}`)
  const plan = planFor(world, merged, options)
  t.same(told(plan), [])
  t.notOk(
    plan.changes.some(({ action }) => action === 'create'),
    'it is not made again'
  )
})

t.test('what has become the object of another Item is not left behind', async (t) => {
  const world = new World()
  runOn(world, both)
  const count = (plan: Plan) => Number(/still has (\d+)/.exec(told(plan)[0]?.detail ?? '')?.[1])
  const before = count(planFor(world, merged, options))
  const [mine, theirs] = [older, younger].map((id) => world.ledger.get(`vm:${id}/qemu/100`))
  if (mine === undefined || theirs === undefined) throw new Error('both are kept')
  world.ledger.set(theirs.key, { ...theirs, netbox_id: mine.netbox_id })
  t.equal(count(planFor(world, merged, options)), before - 1)
})
