import type { Guest } from '@proxbox/contracts'
import t from 'tap'
import { planChanges } from '../src/index.ts'
import { changeOf } from './planned.ts'
import { estate, guest, World } from './world.ts'

const key = 'vm:caaaaaaaa/lxc/101'

interface Life {
  readonly name?: string
  readonly macs?: readonly string[]
  /** `null`: the configuration names no root volume. */
  readonly root?: string | null
}

/** Container 101, whose root volume has the name that Proxmox gives, unless it is told otherwise. */
function container({ name = 'web', macs = ['A'], root = 'vm-101-disk-0' }: Life): Guest {
  const one = guest(101)
  const [nic] = one.config?.nics ?? []
  if (one.config === undefined || nic === undefined) throw new Error('no NIC')
  const nics = macs.map((mac, index) => ({
    ...nic,
    slot: `net${index}`,
    model: 'veth',
    mac: `BC:24:11:00:00:0${mac}`,
    addresses: []
  }))
  const disk = { slot: 'rootfs', storage: 'local-lvm', sizeBytes: 2 ** 33, media: 'disk' as const }
  const disks = root === null ? [] : [{ ...disk, volume: root }]
  return { ...one, type: 'lxc', name, config: { ...one.config, name, nics, disks } }
}

/** Is the second a new guest, as the Ledger knows the first? */
function isNew(before: Guest, after: Guest): boolean {
  const world = new World()
  const plan = (one: Guest) =>
    planChanges({ ...world.facts(), estate: estate([one]), options: world.options() })
  world.apply(plan(before))
  return changeOf(plan(after), key)?.action === 'create'
}

t.test(
  'a container is a new one when its name, all its MACs and its root volume are',
  async (t) => {
    const other = { name: 'db', macs: ['B'] }
    t.ok(isNew(container({}), container({ ...other, root: 'vm-101-disk-1' })), 'all three')
    t.ok(
      isNew(container({}), container(other)),
      'a volume name that Proxmox gives again tells nothing'
    )
    for (const root of [
      '101/vm-101-disk-0.raw',
      'subvol-101-disk-0',
      'basevol-9-disk-0/subvol-101-disk-0'
    ])
      t.ok(isNew(container({ root }), container({ ...other, root })), root)
    t.ok(isNew(container({ macs: ['A', 'C'] }), container({ ...other, macs: ['B', 'D'] })))
  }
)

t.test('while some of it is as it was, it stays the same', async (t) => {
  const root = 'vm-101-disk-7'
  const same: Record<string, [Guest, Guest]> = {
    'the name': [container({}), container({ macs: ['B'], root })],
    'the name in capitals': [container({}), container({ name: 'WEB', macs: ['B'], root })],
    'its MAC': [container({}), container({ name: 'db', root })],
    'one of its MACs': [
      container({ macs: ['A', 'C'] }),
      container({ name: 'db', macs: ['B', 'C'], root })
    ],
    'a root volume that a person named': [
      container({ root: 'data-of-web' }),
      container({ name: 'db', macs: ['B'], root: 'data-of-web' })
    ]
  }
  for (const [what, [before, after]] of Object.entries(same)) t.notOk(isNew(before, after), what)
})

t.test('what was not read contradicts nothing', async (t) => {
  const other = container({ name: 'db', macs: ['B'], root: 'vm-101-disk-7' })
  const { config: _, ...row } = other
  t.notOk(isNew(container({}), row), 'a configuration')
  t.notOk(isNew(container({ macs: [] }), other), 'MACs in the Ledger')
  t.notOk(isNew(container({}), container({ name: 'db', macs: [] })), 'MACs now')
  t.notOk(isNew(container({ root: null }), other), 'a root volume in the Ledger')
  t.notOk(
    isNew(container({}), container({ name: 'db', macs: ['B'], root: null })),
    'a root volume now'
  )
})
