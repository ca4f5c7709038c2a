import type { Fields, KindName, Plan } from '@proxbox/contracts'
import { setConfig } from '@proxbox/simulator/proxmox'
import { Fixture } from './fixture.ts'
import { vmKey } from './proxmox-lab.ts'
import { must, mustEqual, type Scenario } from './scenario.ts'

const models = {
  cluster: 'virtualization.cluster',
  device: 'dcim.device',
  vm: 'virtualization.virtualmachine',
  'vm-interface': 'virtualization.vminterface',
  disk: 'virtualization.virtualdisk',
  'mac-address': 'dcim.macaddress',
  'ip-address': 'ipam.ipaddress'
} as const satisfies Partial<Record<KindName, string>>
// What `models` has for keys.
const holders = Object.keys(models) as (keyof typeof models)[]

const fieldsOf = (fields: Fields, names: readonly string[]) =>
  names.map((name) => fields[`cf.${name}`] ?? null)

/** Custom fields of somebody else that all objects must have, with what NetBox's form enters there. */
async function demand(made: Fixture): Promise<Fields> {
  const site = await made.home()
  const set = await made.call('extras/custom-field-choice-sets/', {
    name: 'Rooms',
    extra_choices: [
      ['a', 'A'],
      ['b', 'B']
    ]
  })
  const all = { object_types: Object.values(models), required: true }
  const id = Number(site.ref.slice(site.ref.lastIndexOf('/') + 1))
  for (const more of [
    { name: 'cost_centre', type: 'text', default: '4711' },
    { name: 'rented', type: 'boolean', default: false, ui_editable: 'hidden' },
    { name: 'rank', type: 'integer', default: 0 },
    { name: 'rooms', type: 'multiselect', choice_set: set, default: ['a', 'b'] },
    { name: 'doors', type: 'multiselect', choice_set: set, default: [] },
    { name: 'place', type: 'object', related_object_type: 'dcim.site', default: id }
  ])
    await made.call('extras/custom-fields/', { ...all, ...more })
  return {
    cost_centre: '4711',
    rented: false,
    rank: 0,
    rooms: ['a', 'b'],
    doors: [],
    place: { ref: `netbox:object/${id}` }
  }
}

/** The Plan shows all of it for each new object, and only for new ones. */
function mustShow(plan: Plan, wanted: Fields): void {
  const names = Object.keys(wanted)
  for (const kind of holders) {
    const creates = plan.changes.filter((one) => one.kind === kind && one.action === 'create')
    must(creates.length > 0, `no new ${kind}`)
    for (const { key, after } of creates)
      mustEqual(fieldsOf(after, names), Object.values(wanted), `what the Plan shows of ${key}`)
  }
}

const withDefaults: Scenario = {
  name: 'required custom fields of somebody else have their defaults in new objects, and stay theirs',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const { lab } = made
    const wanted = await demand(made)
    const names = Object.keys(wanted)
    const plan = await made.settle()
    mustShow(plan, wanted)
    for (const kind of holders)
      for (const { key, fields } of await lab.all(kind))
        mustEqual(fieldsOf(fields, names), Object.values(wanted), `the fields of ${key}`)
    for (const { key, last_written } of lab.ledger.values())
      mustEqual(
        names.filter((name) => `cf.${name}` in last_written),
        [],
        `of ${key} the Ledger claims`
      )
    const edited = { 'cf.cost_centre': '0815', 'cf.rented': true }
    await lab.netbox.update('vm', [{ id: lab.id(100), fields: edited }])
    setConfig(lab.proxmox.world, 100, 'cores', '7')
    await lab.sync()
    await lab.quiet()
    const { vcpus, 'cf.cost_centre': centre, 'cf.rented': rented } = await lab.stored(vmKey(100))
    mustEqual([vcpus, centre, rented], [7, '0815', true], 'the edited VM')
  }
}

const undone: Scenario = {
  name: 'an undo deletes what has custom fields that somebody else requires',
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const { lab } = made
    await demand(made)
    const run = await lab.session.apply(await lab.plan())
    const undo = await lab.session.planUndo(run)
    mustEqual(
      undo.notices.map(({ detail }) => detail),
      [],
      'what stays'
    )
    await lab.session.apply(undo)
    for (const kind of holders) mustEqual((await lab.all(kind)).length, 0, `left of each ${kind}`)
  }
}

/** Whatever lacks the field waits and says what to do, until a person has mended it: then the next Run writes it. */
const waits = (kind: 'vm' | 'vm-interface' | 'mac-address', mended: object): Scenario => ({
  name: `without ${kind} field there is no object until a person says ${JSON.stringify(mended)}`,
  holds: async (bench) => {
    const made = await Fixture.open(bench)
    const { lab } = made
    const { session } = lab
    const field = await made.call('extras/custom-fields/', {
      name: 'owner',
      type: 'text',
      required: true,
      object_types: [models[kind]]
    })
    await session.apply(await lab.plan())
    const refused = [...session.inventory.quarantine.values()].filter(({ detail }) =>
      detail.includes("'owner'")
    )
    must(refused.length > 0, 'NetBox has refused nothing for want of the field')
    const before = lab.netbox.writes()
    const { held, changes } = await lab.plan()
    mustEqual(changes.length, 0, 'what is sent again at once')
    const reasons = held.filter(({ guard }) => guard === 'quarantine').map(({ reason }) => reason)
    must(reasons.length === refused.length, `${reasons.length} of ${refused.length} are held`)
    for (const reason of reasons)
      must(
        /custom field owner a default in NetBox, or make the field optional/.test(reason),
        `no remedy in: ${reason}`
      )
    mustEqual(lab.netbox.writes() - before, 0, 'writes of a Plan')
    await lab.netbox.call('PATCH', `extras/custom-fields/${field}/`, mended)
    await made.settle()
    mustEqual(session.inventory.quarantine.size, 0, 'what is still in quarantine')
    mustEqual((await lab.all('vm')).length, 2, 'VMs')
    must((await lab.all('mac-address')).length >= 2, 'the MACs are there')
  }
})

export const requiredFields: readonly Scenario[] = [
  withDefaults,
  undone,
  waits('vm', { default: 'ops' }),
  waits('vm', { required: false }),
  waits('vm-interface', { default: 'ops' }),
  waits('mac-address', { default: 'ops' })
]
