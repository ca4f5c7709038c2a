import type { Test } from 'tap'
import { listAll, type Told } from '../journey.ts'
import { ask, rowsOf } from '../keepers/rows-of.ts'
import { mustSay } from '../type-command.ts'
import type { Lab } from './lab.ts'

/** An Item as it is listed. */
export interface Listed {
  readonly key: string
  readonly kind: string
  readonly netbox_id: number | null
  readonly fields: Readonly<Record<string, unknown>>
}

const notices = ({ run }: Told) => run.errors.filter(({ code }) => code === 'CLUSTER_MERGED')

/** The Run says what NetBox has of the younger id: how much, where, and how to list it. @returns what it lists */
export async function isTold(t: Test, { journey }: Lab, told: Told): Promise<readonly Listed[]> {
  const [notice, ...others] = notices(told)
  t.equal(others.length, 0, 'one notice')
  const detail = notice?.detail ?? ''
  const facts =
    /^NetBox Endpoint main: (lab2? \(c\w{8}\)) was taken for two clusters, and NetBox still has (\d+) objects of its other id (c\w{8}): 1 cluster "([^"]+)" \(NetBox id (\d+)\), 2 devices, 3 VMs, 1 VLAN group, 1 VLAN, (\d+) parts\. .* (\/api\/plugins\/proxbox\/items\/\?cluster=\3) lists .* Delete there what nobody needs any more\.$/
  t.match(detail, facts)
  const [, , count, id = '', name, netboxId] = facts.exec(detail) ?? []
  t.ok((await mustSay(journey, `show ${told.run.id}`)).includes(detail), 'proxbox show says so')
  const items = await listAll<Listed>(journey, `/items/?cluster=${id}`)
  const inNetBox = items.filter(({ netbox_id }) => netbox_id !== null)
  t.equal(inNetBox.length, Number(count), 'as many are listed')
  t.match(
    inNetBox.filter(({ kind }) => kind === 'cluster'),
    [{ key: `cluster:${id}`, netbox_id: Number(netboxId), fields: { name } }]
  )
  return inNetBox
}

const tables = {
  vm: 'virtualization/virtual-machines',
  device: 'dcim/devices',
  // A VLAN keeps its group, and with it the cluster that the group is for (`PROTECT` in ipam/models/vlans.py).
  vlan: 'ipam/vlans',
  'vlan-group': 'ipam/vlan-groups',
  cluster: 'virtualization/clusters'
} as const

/** A person deletes what is listed, in the order in which NetBox lets them; the parts go with what they are of. */
async function deleteByHand({ place }: Lab, items: readonly Listed[]): Promise<void> {
  for (const [kind, table] of Object.entries(tables))
    for (const item of items.filter((one) => one.kind === kind))
      await ask(place, 'DELETE', `${table}/${item.netbox_id}/`)
}

/** Once it is deleted there, Runs say nothing of it, make nothing of it again, and soon have nothing to do. */
export async function isForgotten(t: Test, lab: Lab, items: readonly Listed[]): Promise<void> {
  await deleteByHand(lab, items)
  const first = await lab.sync()
  t.equal(first.run.state.value, 'succeeded', JSON.stringify(first.run.errors))
  t.same(notices(first), [], 'nothing is left to tell')
  t.notOk(first.writes.DELETE)
  const counts = await rowsOf(lab.place)
  const of = (table: string) => counts[`${table}/`]?.length
  t.same([of(tables.vm), of(tables.device), of(tables.cluster)], [3, 2, 1], 'each is there once')
  await isQuiet(t, lab)
}

/** A Run has nothing to do, in NetBox and in what is known of it. @returns what it told */
export async function isQuiet(t: Test, lab: Lab): Promise<Told> {
  const known = await listAll<Listed>(lab.journey, '/items/')
  const { writes, ...told } = await lab.sync()
  t.equal(told.run.state.value, 'succeeded', JSON.stringify(told.run.errors))
  t.same(writes, {}, 'an unchanged Run writes nothing')
  t.same(await listAll<Listed>(lab.journey, '/items/'), known, 'and stores nothing')
  return told
}
