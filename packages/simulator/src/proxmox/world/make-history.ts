import type { Random } from './random.ts'
import type { Backup, Guest, Task, World } from './world-shape.ts'

const DAY = 86_400

/** Gives a share of the guests snapshots, backups and tasks, all before `world.now`. */
export function makeHistory(world: World, random: Random): void {
  for (const guest of world.guests) {
    if (random.chance(0.3)) addSnapshots(world, guest, random)
    if (random.chance(0.5)) world.backups.push(...backupsOf(world, guest, random))
    if (random.chance(0.4)) world.tasks.push(taskOf(world, guest, random))
  }
}

function addSnapshots(world: World, guest: Guest, random: Random): void {
  const count = random.int(1, 3)
  for (let n = 0; n < count; n++) {
    const parent = guest.snapshots.at(-1)?.name
    guest.snapshots.push({
      name: `before-update-${n + 1}`,
      description: n === 0 ? 'state before the update\nwith a second line' : '',
      snaptime: world.now - (count - n) * DAY * 7 - random.int(0, 3600),
      vmstate: guest.type === 'qemu' && random.chance(0.3),
      config: structuredClone(guest.config),
      ...(parent === undefined ? {} : { parent })
    })
  }
  const last = guest.snapshots.at(-1)
  if (last !== undefined) guest.config.parent = last.name
}

function backupsOf(world: World, guest: Guest, random: Random): Backup[] {
  return Array.from({ length: random.int(1, 4) }, (_, index) => {
    const ctime = world.now - (index + 1) * DAY - random.int(0, 7200)
    return random.chance(0.5)
      ? serverBackup(guest, ctime, random)
      : archiveBackup(guest, ctime, random)
  })
}

function serverBackup(guest: Guest, ctime: number, random: Random): Backup {
  const kind = guest.type === 'qemu' ? 'vm' : 'ct'
  const time = new Date(ctime * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    storage: 'pbs',
    vmid: guest.vmid,
    type: guest.type,
    volid: `pbs:backup/${kind}/${guest.vmid}/${time}`,
    format: `pbs-${kind}`,
    sizeBytes: random.int(1_000_000, 34_359_738_368),
    ctime,
    notes: String(guest.config.name ?? guest.config.hostname ?? ''),
    protected: random.chance(0.05),
    ...(random.chance(0.7) ? { verification: random.chance(0.95) ? 'ok' : 'failed' } : {})
  }
}

function archiveBackup(guest: Guest, ctime: number, random: Random): Backup {
  const isShared = random.chance(0.7)
  const storage = isShared ? 'nas' : 'local'
  const stamp = new Date(ctime * 1000).toISOString().slice(0, 19)
  const text = stamp.replaceAll('-', '_').replace('T', '-').replaceAll(':', '_')
  const format = guest.type === 'qemu' ? 'vma.zst' : 'tar.zst'
  return {
    storage,
    ...(isShared ? {} : { node: guest.node }),
    vmid: guest.vmid,
    type: guest.type,
    volid: `${storage}:backup/vzdump-${guest.type}-${guest.vmid}-${text}.${format}`,
    format,
    sizeBytes: random.int(1_000_000, 17_179_869_184),
    ctime,
    protected: random.chance(0.05)
  }
}

function taskOf(world: World, guest: Guest, random: Random): Task {
  const prefix = guest.type === 'qemu' ? 'qm' : 'vz'
  const type = random.pick(['vzdump', `${prefix}start`, `${prefix}shutdown`, `${prefix}create`])
  const starttime = world.now - random.int(300, 5 * DAY)
  const isRunning = random.chance(0.05)
  return makeTask({
    node: guest.node,
    type,
    id: String(guest.vmid),
    user: 'root@pam',
    starttime,
    ...(isRunning
      ? {}
      : {
          endtime: starttime + random.int(1, 280),
          status: random.chance(0.9) ? 'OK' : "command 'lvchange' failed: exit code 5"
        })
  })
}

/** Adds the UPID to a task (pve-common, Tools::upid_encode). */
function makeTask(task: Omit<Task, 'upid'>): Task {
  const hex = (value: number) => (value >>> 0).toString(16).toUpperCase().padStart(8, '0')
  const pid = (task.starttime * 7 + Number(task.id || 0)) & 0x3fffff
  const head = `UPID:${task.node}:${hex(pid)}:${hex(pid * 3)}:${hex(task.starttime)}`
  return { ...task, upid: `${head}:${task.type}:${task.id}:${task.user}:` }
}
