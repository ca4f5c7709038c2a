import { Fixture } from './fixture.ts'
import { vmKey } from './proxmox-lab.ts'
import { mustEqual, type Scenario } from './scenario.ts'

const guests = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' }
]
/** 1 GiB of memory, entered in units of 1024 MB; 16 GiB of disk, entered in units of 1000. */
const entered = { memory: 1024, size: 17_180 }

const thousands: Scenario = {
  name: 'disks were entered in units of 1000, and a person decides',
  holds: async (bench) => {
    const made = await Fixture.open(bench, guests)
    const cluster = await made.cluster()
    for (const { name } of guests) {
      const at = { cluster: { ref: cluster.key } }
      const vm = await made.make('vm', { name, memory: entered.memory, ...at })
      const of = { virtual_machine: { ref: vm.key } }
      await made.make('disk', { name: 'scsi0', size: entered.size, ...of })
    }
    const { lab } = made
    const { conflicts } = await made.settle()
    mustEqual(
      conflicts.map(({ key, field, code }) => [key, field, code]),
      [['cluster:caaaaaaaa', 'disk_base', 'unit-base']],
      'conflicts'
    )
    const sizes = async () => [
      (await lab.stored(vmKey(100))).memory,
      (await lab.stored(`${vmKey(100)}/scsi0`)).size
    ]
    mustEqual(await sizes(), [entered.memory, entered.size], 'memory, disk')
    lab.decide({
      ...{ key: 'cluster:caaaaaaaa', field: 'disk_base', code: 'unit-base' },
      decision: '1024'
    })
    const decided = await made.settle()
    mustEqual(decided.conflicts, [], 'conflicts')
    mustEqual(await sizes(), [entered.memory, 16_384], 'memory, disk')
  }
}

export const units: readonly Scenario[] = [thousands]
