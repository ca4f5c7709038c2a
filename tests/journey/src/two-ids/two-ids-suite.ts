import type { Test } from 'tap'
import type { Place } from '../keepers/place.ts'
import { ask, rowsOf } from '../keepers/rows-of.ts'
import { decide, type Lab, openAddress, openLab, questionIn, renewed } from './lab.ts'
import { isForgotten, isQuiet, isTold, type Listed } from './left-behind.ts'

/** A NetBox that can be made empty. */
export interface EmptyPlace extends Place {
  empty(): Promise<void>
}

/** Two ids of one cluster become the older one, shown end to end (ADR 19). */
export async function showTwoIds(t: Test, place: EmptyPlace): Promise<void> {
  for (const [name, story] of Object.entries({
    'two Endpoints whose CA is read late': readLate,
    'another, decided by mistake, is taken back': takenBack
  }))
    await t.test(name, async (t) => {
      await place.empty()
      const lab = await openLab(place)
      t.teardown(() => lab.close())
      await story(t, lab)
    })
}

async function readLate(t: Test, lab: Lab): Promise<void> {
  const { journey, world, place } = lab
  const first = await journey.proxmox(world, { name: 'first' })
  await journey.proxmox(world, { name: 'second' })
  first.faults.add({ kind: 'forbidden', on: '/certificates/info' })
  await lab.sync()
  t.equal((await vmsIn(place)).length, 2 * world.guests.length, 'nothing says that they are one')
  await editOneOfEach(place)
  await lab.sync()
  t.match((await lab.sync()).writes, { POST: undefined, PATCH: undefined, DELETE: undefined })

  first.faults.clear()
  const before = await rowsOf(place)
  const held = await lab.sync()
  t.match(held.run.gaps, [{ detail: /Endpoint first: cluster lab contradicts/ }])
  await decide(lab, await questionIn(lab), 'same')
  const same = await lab.sync()
  t.equal(same.run.state.value, 'succeeded', JSON.stringify(same.run.errors))
  t.same([held.writes, same.writes], [{}, {}], 'the older one is what it was')
  t.same(await rowsOf(place), before, 'with what people have written, as is the younger one')
  // Either id may have the addresses, and with them what is held: disks are counted in both cases.
  t.equal(same.run.counts.disk?.count, world.guests.length, 'one cluster is compared')
  const listed = await isTold(t, lab, same)
  await areOfTheYounger(t, lab, listed)
  t.same(await isTold(t, lab, await isQuiet(t, lab)), listed, 'until somebody deletes it')
  await isForgotten(t, lab, listed)
}

async function takenBack(t: Test, lab: Lab): Promise<void> {
  const { world, place } = lab
  const edge = await openAddress(lab, world)
  t.teardown(() => edge.close())
  await lab.sync()
  const before = await vmsIn(place)
  await edge.swap(renewed(world, 'lab2'))
  await lab.sync()
  const question = await questionIn(lab)
  await decide(lab, question, 'another')
  await lab.sync()
  const twice = await vmsIn(place)
  t.equal(twice.length, 2 * before.length, 'taken for guests of another cluster')

  await decide(lab, question, 'same')
  const same = await lab.sync()
  t.equal(same.run.state.value, 'succeeded', JSON.stringify(same.run.errors))
  t.match(same.writes, { POST: undefined, DELETE: undefined }, 'nothing is made or deleted')
  const named = (vms: readonly Vm[]) => vms.map(({ id, name }) => ({ id, name }))
  t.same(named(await vmsIn(place)), named(twice))
  t.same(named((await vmsIn(place)).slice(0, before.length)), named(before))
  const listed = await isTold(t, lab, same)
  t.same(
    listed.filter(({ kind }) => kind === 'vm').map(({ netbox_id }) => netbox_id),
    twice.slice(before.length).map(({ id }) => id),
    'those of the mistake are listed'
  )
  await isQuiet(t, lab)
  await isForgotten(t, lab, listed)
  t.same(named(await vmsIn(place)), named(before), 'the guests are those that were there')
}

interface Vm {
  readonly id: number
  readonly name: string
  readonly cluster: { readonly id: number }
}

async function vmsIn(place: Place): Promise<readonly Vm[]> {
  const path = 'virtualization/virtual-machines/?limit=100&ordering=id'
  return (await ask<{ results: Vm[] }>(place, 'GET', path)).results
}

/** Of both ids: what a person has said of a guest. */
async function editOneOfEach(place: Place): Promise<void> {
  const vms = await vmsIn(place)
  for (const { id } of [vms[0], vms.at(-1)].flatMap((vm) => vm ?? []))
    await ask(place, 'PATCH', `virtualization/virtual-machines/${id}/`, {
      description: 'ask before a restart'
    })
}

/** All VMs of the younger cluster in NetBox are listed, and none of the older. */
async function areOfTheYounger(t: Test, { place }: Lab, listed: readonly Listed[]): Promise<void> {
  const cluster = listed.find(({ kind }) => kind === 'cluster')?.netbox_id
  const theirs = (await vmsIn(place)).filter((vm) => vm.cluster.id === cluster)
  t.same(
    listed.filter(({ kind }) => kind === 'vm').map(({ netbox_id }) => netbox_id),
    theirs.map(({ id }) => id)
  )
}
