import { isRef } from '@proxbox/contracts'
import { toldChanges } from '../told.ts'
import { Fixture } from './fixture.ts'
import { Lab } from './lab.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const two = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' }
]

const scope: Scenario = {
  name: 'an Endpoint gets another site, and its cluster waits for a person',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    const away = { name: 'Away', slug: 'away', status: 'active' }
    const [site] = await lab.netbox.create('site', [{ fields: away }])
    lab.session = lab.session.with({ connections: { caaaaaaaa: { site: 'away' } } })
    const before = lab.netbox.writes()
    const plan = await lab.sync()
    mustEqual(
      lab.netbox.writes() - before,
      0,
      `writes without a person:\n${toldChanges(plan.changes)}`
    )
    mustEqual(
      plan.held.map(({ change, guard }) => [change.kind, guard]),
      [
        ['cluster', 'scope-change'],
        ['device', 'scope-change'],
        ['device', 'scope-change']
      ],
      'held'
    )
    must(/2 VMs .*web, db/.test(plan.held[0]?.reason ?? ''), `${plan.held[0]?.reason}`)
    const approved = lab.session.with({ more: { budget: false } })
    const run = await approved.apply(await approved.plan(await lab.proxmox.seen()))
    for (const { change, state, detail } of run.applied.values())
      must(state === 'done', `${change.key} was ${state}: ${detail}`)
    const sites = async () => [
      (await lab.stored('cluster:caaaaaaaa')).scope,
      (await lab.stored(vmKey(100))).site,
      ...(await lab.all('device')).map(({ fields }) => fields.site)
    ]
    const everywhere = (ref: string | undefined) => [1, 2, 3, 4].map(() => ({ ref }))
    mustEqual(await sites(), everywhere(site?.key), 'the sites of cluster, VM, and both devices')
    await lab.quiet()
    await lab.session.apply(await lab.session.planUndo(run))
    const home = (await lab.all('site')).find(({ fields }) => fields.slug === 'home')
    mustEqual(await sites(), everywhere(home?.key), 'the same once it was undone')
  }
}

/** Devices that a person keeps elsewhere hold the whole move. */
const stranger: Scenario = {
  name: 'a cluster stays in its site while a device of it does',
  holds: async (bench) => {
    const lab = await Lab.open(bench, two)
    await lab.netbox.create('site', [{ fields: { name: 'Away', slug: 'away', status: 'active' } }])
    const [one] = await lab.all('device')
    const { device_type = null, role = null, site = null, cluster = null } = one?.fields ?? {}
    must(isRef(cluster), 'the device has a cluster')
    await lab.netbox.create('device', [
      { fields: { name: 'witness', device_type, role, site, cluster, status: 'active' } }
    ])
    lab.session = lab.session.with({
      connections: { caaaaaaaa: { site: 'away' } },
      more: { budget: false }
    })
    const { held, changes } = await lab.sync()
    mustEqual(changes, [], 'changes')
    mustEqual(
      held.map(({ change, guard }) => [change.kind, guard]),
      ['cluster', 'device', 'device'].map((kind) => [kind, 'references']),
      'held'
    )
    must(
      /only when its devices are there: witness/.test(held[0]?.reason ?? ''),
      `${held[0]?.reason}`
    )
  }
}

const base: Scenario = {
  name: 'memory is counted in other units, and a person approves',
  holds: async (bench) => {
    const made = await Fixture.open(bench, two)
    const { lab } = made
    await made.settle()
    const { memory } = await lab.stored(vmKey(100))
    lab.session = lab.session.with({ endpoint: { ramBase: 1000 } })
    const before = lab.netbox.writes()
    const { held } = await lab.sync()
    mustEqual(lab.netbox.writes() - before, 0, 'writes without a person')
    mustEqual(
      held.map(({ change, guard }) => [change.kind, guard]),
      two.map(() => ['vm', 'base-change']),
      'held'
    )
    lab.session = lab.session.with({ more: { budget: false } })
    await made.settle()
    const wanted = Math.ceil((Number(memory) * 1024 * 1024) / 1e6)
    mustEqual((await lab.stored(vmKey(100))).memory, wanted, 'memory')
  }
}

export const settings: readonly Scenario[] = [scope, stranger, base]
