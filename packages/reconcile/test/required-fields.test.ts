import type { Fields, Quarantined } from '@proxbox/contracts'
import t from 'tap'
import { planChanges, planUndo } from '../src/index.ts'
import { changeOf, day, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const both = estate([guest(100), guest(101)])
const model = 'virtualization.virtualmachine'

/** A World in which somebody requires a custom field. */
function demanding(fields: Fields, world = new World()): World {
  world.add('custom-field', {
    name: 'owner',
    type: 'text',
    object_types: [model],
    required: true,
    default: 'ops',
    ...fields
  })
  return world
}

t.test('the default of each type, as it is sent', async (t) => {
  for (const [type, stored, sent] of [
    ['text', 'ops', 'ops'],
    ['text', '["a"]', '["a"]'],
    ['longtext', 5, '5'],
    ['integer', 0, 0],
    ['boolean', false, false],
    ['select', 'a', 'a'],
    ['multiselect', '["b","a"]', ['b', 'a']],
    ['multiselect', '[]', []],
    ['object', 7, { ref: 'netbox:object/7' }],
    ['multiobject', '[7,8]', [{ ref: 'netbox:object/7' }, { ref: 'netbox:object/8' }]],
    ['json', '[1,[true,null]]', [1, [true, null]]],
    ['json', 'text', 'text']
  ] as const) {
    const plan = planFor(demanding({ type, default: stored }), both)
    const { after, why, foreign } = changeOf(plan, key) ?? {}
    t.same(after?.['cf.owner'], sent, `${type} ${JSON.stringify(stored)}`)
    t.match(why?.['cf.owner'], { policy: 'fill', reason: /required in NetBox/ })
    t.same(foreign, ['cf.owner'])
  }
})

t.test('nothing is sent of what is optional, has no default, or is in no force', async (t) => {
  for (const fields of [
    { required: false },
    { default: null },
    { default: '' },
    { type: 'json', default: '{"a":1}' },
    { type: 'json', default: '[{"a":1}]' },
    { status: 'provisioning' },
    { object_types: ['dcim.site'] }
  ]) {
    const change = changeOf(planFor(demanding(fields), both), key)
    t.notOk(Object.hasOwn(change?.after ?? {}, 'cf.owner'), JSON.stringify(fields))
    t.equal(change?.foreign, undefined)
  }
})

t.test('only new objects get it, and the Ledger does not know it', async (t) => {
  const world = new World()
  runOn(world, both)
  demanding({}, world)
  const plan = runOn(world, estate([withConfig({ memoryMiB: 4096 }), guest(101), guest(102)]), 1)
  t.same(changeOf(plan, key)?.after, { memory: 4096 })
  t.equal(world.stored('vm:caaaaaaaa/qemu/102')['cf.owner'], 'ops')
  t.notOk('cf.owner' in (world.ledger.get('vm:caaaaaaaa/qemu/102')?.last_written ?? {}))
  world.edit('vm:caaaaaaaa/qemu/102', { 'cf.owner': 'somebody' })
  const after = planFor(world, estate([withConfig({ memoryMiB: 4096 }), guest(101), guest(102)]))
  t.same([...after.changes, ...after.adoptions], [])
})

t.test('a guest with the default of an object is as we left it, and goes', async (t) => {
  const deleting = endpoint({ missingPolicy: 'delete' })
  for (const [value, isDeleted] of [
    [{ ref: 'netbox:object/7' }, true],
    [{ ref: 'netbox:object/8' }, false]
  ] as const) {
    const world = demanding({ type: 'object', default: 7 })
    runOn(world, both)
    world.edit(key, { 'cf.owner': value })
    for (const days of [1, 9]) runOn(world, estate([guest(101)]), days, deleting)
    t.equal(world.ledger.get(key) === undefined, isDeleted, value.ref)
  }
})

t.test('a MAC that must say more than its address is made before its interface', async (t) => {
  const world = demanding({ object_types: ['dcim.macaddress'] })
  const { steps } = planFor(world, both)
  const entries = (kind: string) =>
    steps.filter((step) => step.kind === kind && step.action === 'create').flatMap((s) => s.entries)
  for (const one of entries('mac-address')) t.same(one.fields, ['cf.owner', 'mac_address'])
  t.equal(entries('mac-address').length, 2)
  for (const one of entries('vm-interface')) {
    t.notOk(one.with_mac)
    t.ok(one.fields.includes('primary_mac_address'))
  }
  runOn(world, both)
})

t.test('what an undo makes again has it too', async (t) => {
  const world = new World()
  runOn(world, both)
  demanding({}, world)
  const { fields, netbox_id } =
    world.objects.get(`netbox:vm/${world.ledger.get(key)?.netbox_id}`) ?? {}
  const plan = planUndo({
    changes: [
      {
        ...{ key, kind: 'vm', action: 'delete', netbox_id: (netbox_id ?? 0) + 1000, after: {} },
        ...{ before: fields ?? {}, why: {}, label: 'vm100', origin: 'created' }
      }
    ],
    current: [...world.objects.values()].filter((one) => one.netbox_id !== netbox_id),
    ledger: [],
    netboxVersion: world.version,
    identityTag: 'proxbox-i1',
    tagUses: new Map(),
    run: 'R1'
  })
  t.match(plan.changes, [{ action: 'create', after: { 'cf.owner': 'ops' }, foreign: ['cf.owner'] }])
})

t.test('a refusal for want of the field ends when it is mended, and only then', async (t) => {
  const missing = "Missing required custom field 'owner'."
  const empty = "Invalid value for custom field 'owner': Required field cannot be empty."
  const other = "Invalid value for custom field 'owner': Value must match regex 'x'"
  const plain = new World()
  const values = changeOf(planFor(plain, both), key)?.after ?? {}
  for (const [detail, fields, isHeld] of [
    [missing, { default: null }, true],
    [missing, { required: false }, false],
    [empty, { required: false }, false],
    [other, { required: false }, true],
    [missing, { name: 'another' }, true]
  ] as const) {
    const world = demanding({ object_types: ['dcim.site'], ...fields })
    const refused: Quarantined = {
      ...{ key, kind: 'vm', action: 'create', values, detail },
      ...{ failures: 1, retry_at: day(1) }
    }
    const { held } = planChanges({
      ...{ estate: both, options: world.options() },
      ...{ ...world.facts(), quarantine: [refused] }
    })
    const reason = held.find(({ guard }) => guard === 'quarantine')?.reason
    t.equal(reason !== undefined, isHeld, `${detail} ${JSON.stringify(fields)}`)
    if (isHeld) t.equal(/make the field optional/.test(reason ?? ''), detail !== other)
  }
})

t.test('an update that was refused for want of it waits for a value', async (t) => {
  const world = new World()
  runOn(world, both)
  demanding({}, world)
  const seen = estate([withConfig({ memoryMiB: 4096 }), guest(101)])
  const refused: Quarantined = {
    ...{ key, kind: 'vm', action: 'update', values: { memory: 4096 } },
    detail: "Missing required custom field 'owner'.",
    ...{ failures: 1, retry_at: day(1) }
  }
  const plan = () =>
    planChanges({
      ...{ estate: seen, options: world.options() },
      ...{ ...world.facts(), quarantine: [refused] }
    })
  t.match(plan().held, [{ reason: /Enter a value for the custom field owner there/ }])
  t.same(plan().changes, [], 'a default does not help what is there')
  world.edit(key, { 'cf.owner': 'somebody' })
  t.match(plan().changes, [{ key, after: { memory: 4096 } }])
})
