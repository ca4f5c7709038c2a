import type { ClusterEstate, Estate, Plan } from '@proxbox/contracts'
import t from 'tap'
import { day, planFor, runOn } from './planned.ts'
import { clusterOf, guest } from './sample-cluster.ts'
import { World } from './world.ts'

const shared = '10.9.0.7/24'
const elsewhere = (n: number) => `10.9.1.${n}/24`
const near = { clusterId: 'caaaaaaaa', name: 'lab' }
const far = { clusterId: 'cbbbbbbbb', name: 'far' }

const guestAt = (vmid: number, address: string) => {
  const { config } = guest(vmid)
  const nics = (config?.nics ?? []).map((nic) => ({ ...nic, addresses: [address] }))
  return guest(vmid, { config: { ...config, nics } as never }) // the sample has one
}

/** A cluster with a node of this name and one guest, each at an address. */
function site(
  { clusterId, name }: typeof near,
  { node, vm, nodes = ['pve1'] }: { node: string; vm: string; nodes?: readonly string[] }
): ClusterEstate {
  const whole = clusterOf([guestAt(clusterId === near.clusterId ? 100 : 200, vm)], {
    ...{ clusterId, name, nodes: [...nodes] }
  })
  const last = whole.nodes.at(-1)
  return {
    ...whole,
    nodes: whole.nodes.map((one) => ({
      ...one,
      interfaces: (one.interfaces ?? []).map((port) =>
        one === last && port.name === 'vmbr0' ? { ...port, addresses: [node] } : port
      )
    }))
  }
}

const estateOf = (...clusters: ClusterEstate[]): Estate => ({ clusters, gaps: [] })
const vmAt = (vm: string) => ({ node: elsewhere(1), vm })
const nodeAt = (node: string) => ({ node, vm: elsewhere(2) })

/** What is planned once somebody has lost the address: in its grace, or when it was unassigned after it. */
function inherited(
  had: ReturnType<typeof nodeAt>,
  next: (lost: ClusterEstate) => Estate,
  days: readonly number[]
): Plan {
  const world = new World()
  const lost = site(near, { node: elsewhere(3), vm: elsewhere(4) })
  runOn(world, estateOf(site(near, had)))
  for (const one of days) runOn(world, estateOf(lost), one)
  return planFor(world, next(lost), { now: day(1 + Math.max(...days)) })
}

const moves = ({ changes }: Plan) =>
  changes.filter(
    ({ key, action, after }) =>
      key.endsWith('/10.9.0.7') && action === 'update' && 'assigned_object' in after
  )

t.test('an address that one cluster has lost is inherited by none of another', async (t) => {
  const losers = { 'a node': nodeAt(shared), 'a guest': vmAt(shared) }
  const heirs = {
    'a node': { node: shared, vm: elsewhere(5) },
    'a guest': { node: elsewhere(6), vm: shared }
  }
  for (const [loser, had] of Object.entries(losers))
    for (const [heir, has] of Object.entries(heirs))
      for (const days of [[1], [1, 9]]) {
        const plan = inherited(had, (lost) => estateOf(lost, site(far, has)), days)
        const about = `${loser} to ${heir}, day ${days.at(-1)}`
        t.same(moves(plan), [], about)
        t.same(
          plan.conflicts.map(({ code }) => code),
          ['address-taken'],
          about
        )
      }
})

t.test('in its own cluster it is', async (t) => {
  const nodes = ['pve1', 'pve2']
  const second = (_: ClusterEstate) =>
    estateOf(site(near, { node: shared, vm: elsewhere(4), nodes }))
  const vm = (_: ClusterEstate) => estateOf(site(near, { node: elsewhere(3), vm: shared }))
  for (const next of [second, vm]) {
    const plan = inherited(nodeAt(shared), next, [1])
    t.equal(moves(plan).length, 1)
    t.same(plan.conflicts, [])
  }
})
