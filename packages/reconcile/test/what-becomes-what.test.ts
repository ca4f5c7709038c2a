import type { Disk, Estate, Fields, Guest, Settings } from '@proxbox/contracts'
import { defaultSettings, isRef } from '@proxbox/contracts'
import t from 'tap'
import { changeOf, endpoint, key, planFor, runOn, withConfig } from './planned.ts'
import { estate, guest, World } from './world.ts'

const fieldsOf = (one: Guest, more = {}): Fields =>
  changeOf(planFor(new World(), estate([one]), more), key)?.after ?? {}

t.test("a guest's status is one of three, or unknown", async (t) => {
  const told: [Partial<Guest>, string | undefined][] = [
    [{ status: 'running' }, 'active'],
    [{ status: 'prelaunch' }, 'active'],
    [{ status: 'io-error' }, 'active'],
    [{ status: 'internal-error' }, 'active'],
    [{ status: 'stopped' }, 'offline'],
    [{ status: 'paused' }, 'paused'],
    [{ status: 'suspended' }, 'paused'],
    [{ status: 'unknown' }, undefined],
    [{ status: 'running', lock: 'backup' }, undefined],
    [{ status: 'stopped', lock: 'create' }, undefined]
  ]
  for (const [row, status] of told)
    t.equal(fieldsOf(guest(100, row)).status, status, JSON.stringify(row))
  t.equal(
    fieldsOf(withConfig({ lock: 'migrate' })).status,
    undefined,
    'a lock of the configuration'
  )
  const world = new World()
  runOn(world, estate([guest(100)]))
  t.same(runOn(world, estate([guest(100, { status: 'stopped', lock: 'backup' })]), 1).changes, [])
  t.equal(world.stored(key).status, 'active', 'a backup that stops a guest is no shutdown')
})

t.test('memory and disks are whole units, rounded up, at least one', async (t) => {
  for (const [ramBase, memory] of [
    [1024, 513],
    [1000, 538]
  ] as const)
    t.equal(fieldsOf(withConfig({ memoryMiB: 513 }), endpoint({ ramBase })).memory, memory)
  for (const [sizeBytes, size] of [
    [1, 1],
    [1024 ** 2, 1],
    [1024 ** 2 + 1, 2],
    [528 * 1024, 1]
  ] as const) {
    const plan = planFor(
      new World(),
      estate([withConfig({ disks: [{ slot: 'scsi0', sizeBytes, media: 'disk' }] })])
    )
    t.equal(changeOf(plan, `${key}/scsi0`)?.after.size, size)
  }
})

t.test(
  'a container without cores has all of its host: nothing is sent, and nothing blanked',
  async (t) => {
    const cores = (count?: number): Guest => {
      const { vcpus: _, ...config } = withConfig({}).config ?? {}
      const more = count === undefined ? {} : { vcpus: count }
      // What is taken out of a whole configuration is still one.
      return guest(100, { type: 'lxc', config: { ...config, ...more } as Guest['config'] & object })
    }
    const own = key.replace('qemu', 'lxc')
    const world = new World()
    const plan = planFor(world, estate([cores()]))
    t.notOk('vcpus' in (changeOf(plan, own)?.after ?? {}))
    runOn(world, estate([cores(4)]))
    t.same(runOn(world, estate([cores()]), 1).changes, [])
    t.equal(world.stored(own).vcpus, 4)
  }
)

t.test('notes lose their HTML; where they are off nothing is said', async (t) => {
  const noted = (description?: string) =>
    fieldsOf(withConfig(description === undefined ? {} : { description }))
  t.equal(noted('<!-- id --><h1>Web</h1>\r\nof  <b>sales</b> ').comments, 'Web\nof  sales')
  t.equal(noted('1 < 2 and 3 > 2').comments, '1 < 2 and 3 > 2')
  t.notOk('comments' in noted())
  const quiet = Object.fromEntries(
    Object.entries(new World().options().connections).map(([id, one]) => [
      id,
      { ...one, notes: false }
    ])
  )
  t.notOk('comments' in fieldsOf(withConfig({ description: 'x' }), { connections: quiet }))
})

t.test('a guest is pinned to its node, unless that is off', async (t) => {
  t.ok(isRef(fieldsOf(guest(100)).device))
  t.notOk('device' in fieldsOf(guest(100), endpoint({ pinToNode: false })))
  const world = new World()
  runOn(world, estate([guest(100)]))
  const off = runOn(world, estate([guest(100)]), 1, endpoint({ pinToNode: false }))
  t.same(off.changes, [], 'what it says already stays')
})

t.test('disks: what holds data of the guest and has a size', async (t) => {
  const of = (media: Disk['media'], sizeBytes?: number): Disk => ({
    slot: 'scsi3',
    media,
    ...(sizeBytes === undefined ? {} : { sizeBytes })
  })
  const isDisk = (disk: Disk) =>
    changeOf(planFor(new World(), estate([withConfig({ disks: [disk] })])), `${key}/scsi3`)
  for (const media of ['disk', 'efi', 'tpm', 'passthrough', 'bind'] as const) {
    t.ok(isDisk(of(media, 2 ** 30)), media)
    t.notOk(isDisk(of(media)), `${media} without a size`)
  }
  for (const media of ['cdrom', 'cloud-init', 'unused'] as const)
    t.notOk(isDisk(of(media, 2 ** 30)), media)
})

const tagged = (...tags: string[]): Estate => {
  const seen = estate([withConfig({ tags })])
  const tagColors = { 'web.x': 'AABBCC' }
  return { ...seen, clusters: seen.clusters.map((one) => ({ ...one, tagColors })) }
}
const withTags = (tags: Settings['tags']) => ({ settings: { ...defaultSettings, tags } })
const tagsOf = (world: World): string[] => {
  const { tags } = world.stored(key)
  const refs = Array.isArray(tags) ? tags.flatMap((one) => (isRef(one) ? one.ref : [])) : []
  return refs.map((ref) => String(world.objects.get(ref)?.fields.slug)).sort()
}

t.test('tags: all, a list, none; those of one slug are one; colours are filled', async (t) => {
  const own = ['proxbox', 'proxbox-i1']
  const world = new World()
  runOn(world, tagged('web.x', 'web-x', 'a+b', 'proxbox', '_c'))
  t.same(tagsOf(world), ['_c', 'a-b', ...own, 'web-x'])
  t.match(world.stored('tag:web-x'), { name: 'web-x', color: '9e9e9e' }, 'the first in order')
  t.match(world.stored('tag:proxbox'), { name: 'Proxbox', color: 'ff5722' }, 'ours stays ours')
  const one = new World()
  runOn(one, tagged('web.x', 'b'))
  t.match(one.stored('tag:web-x'), { name: 'web.x', color: 'aabbcc' })
  one.edit('tag:web-x', { color: '000000' })
  t.same(runOn(one, tagged('web.x', 'b'), 1).changes, [], 'a colour of a person stays')
  runOn(one, tagged('web.x', 'b'), 2, withTags(['b']))
  t.same(tagsOf(one), ['b', ...own])
  runOn(one, tagged('web.x', 'b'), 3, withTags('none'))
  t.same(tagsOf(one), own)
})

t.test('custom fields: one group, hidden from editing and search, without a default', async (t) => {
  const plan = planFor(new World(), estate([guest(100)]))
  const made = plan.changes.filter(({ kind }) => kind === 'custom-field')
  t.equal(made.length, 12)
  for (const { after } of made) {
    t.match(after, { group_name: 'Proxmox', ui_editable: 'hidden', search_weight: 0 })
    t.notOk('default' in after)
  }
})

t.test(
  'a guest becomes a template and back; excluded it is left, included it is compared',
  async (t) => {
    const asTemplate = estate([withConfig({ memoryMiB: 512 }, { template: true }), guest(101)])
    const include = { settings: { ...defaultSettings, templates: 'include' as const } }
    for (const [more, memory] of [
      [{}, 2048],
      [include, 512]
    ] as const) {
      const world = new World()
      runOn(world, estate([guest(100), guest(101)]), 0, more)
      const id = world.ledger.get(key)?.netbox_id
      runOn(world, asTemplate, 1, more)
      const late = runOn(world, asTemplate, 30, more)
      t.same(late.changes, [], 'nobody is missing')
      t.equal(world.stored(key).memory, memory)
      runOn(world, estate([guest(100), guest(101)]), 31, more)
      t.match(world.ledger.get(key), { netbox_id: id, first_missing_at: null })
      t.equal(world.stored(key).memory, 2048)
    }
    const world = new World()
    runOn(world, asTemplate)
    t.notOk(world.ledger.has(key), 'one that always was is not made')
    runOn(world, estate([guest(101)]), 1)
  }
)

t.test('a template that is left out keeps its name', async (t) => {
  const world = new World()
  runOn(world, estate([guest(100)]))
  const twin = guest(99, { name: 'vm100', config: { ...guest(99).config, name: 'vm100' } as never })
  runOn(world, estate([guest(100, { template: true }), twin]), 1)
  t.equal(world.stored('vm:caaaaaaaa/qemu/99').name, 'vm100 (99)')
})

t.test('a cluster that is renamed stays in its default site', async (t) => {
  const world = new World()
  const create = endpoint({ createDefaultSite: true })
  world.add('site', { name: 'Two', slug: 'two' })
  runOn(world, estate([guest(100)], 'caaaaaaaa', 'lab'), 0, create)
  const plan = runOn(world, estate([guest(100)], 'caaaaaaaa', 'plant'), 1, create)
  t.notOk(plan.changes.some(({ kind }) => kind === 'site'))
  t.same(plan.held, [])
  t.equal(world.stored('cluster:caaaaaaaa').name, 'plant')
})
