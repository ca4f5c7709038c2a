import { badParameter, PveError } from '../errors.ts'
import { bootDiskBytes, cpuCount, digestOf, listName, memoryBytes } from '../measures.ts'
import type { Config, Guest } from '../world/world-shape.ts'
import {
  type Context,
  canOnGuest,
  guestFrom,
  nodeFrom,
  type Reply,
  type Route,
  type Row
} from './route.ts'

export const guestRoutes: readonly Route[] = (['qemu', 'lxc'] as const).flatMap((type): Route[] => [
  { path: `/nodes/{node}/${type}`, cost: 'D', answer: (c) => list(c, type) },
  { path: `/nodes/{node}/${type}/{vmid}/config`, cost: 'P', answer: (c) => config(c, type) },
  { path: `/nodes/{node}/${type}/{vmid}/pending`, cost: 'P', answer: (c) => pending(c, type) },
  {
    path: `/nodes/{node}/${type}/{vmid}/status/current`,
    cost: 'D',
    answer: (c) => current(c, type)
  },
  { path: `/nodes/{node}/${type}/{vmid}/snapshot`, cost: 'D', answer: (c) => snapshots(c, type) }
])

function list(context: Context, type: Guest['type']): Reply {
  const node = nodeFrom(context)
  const rows = context.world.guests
    .filter((guest) => guest.type === type && guest.node === node.name)
    .filter((guest) => canOnGuest(context, guest, 'VM.Audit'))
    .map((guest) => statusRow(context, guest))
  return { data: rows }
}

/** List fields: `status` is only ever running or stopped here. */
function statusRow(context: Context, guest: Guest): Row {
  const isRunning = guest.status !== 'stopped'
  const memory = memoryBytes(guest)
  return {
    vmid: guest.vmid,
    name: listName(guest),
    status: isRunning ? 'running' : 'stopped',
    cpus: cpuCount(context.world, guest),
    cpu: isRunning ? 0.0123 : 0,
    mem: isRunning ? Math.floor(memory * 0.4) : 0,
    maxmem: memory,
    maxdisk: bootDiskBytes(guest),
    uptime: guest.uptime,
    netin: isRunning ? 123_456 : 0,
    netout: isRunning ? 65_432 : 0,
    diskread: 0,
    diskwrite: 0,
    ...(guest.type === 'lxc' ? { maxswap: 536_870_912, disk: 0 } : {}),
    ...ofProcess(context, guest),
    ...(guest.config.tags === undefined ? {} : { tags: guest.config.tags }),
    ...(guest.config.lock === undefined ? {} : { lock: guest.config.lock })
  }
}

/** Old releases print what is unset, too: null, or empty text where jitter has it so (recorded on 6 and 7). */
function ofProcess({ world }: Context, guest: Guest): Row {
  const isTemplate = guest.config.template === true
  const pid = guest.status === 'stopped' ? null : 1000 + guest.vmid
  if (world.version === '7.4') return { pid, template: isTemplate }
  return { ...(pid === null ? {} : { pid }), ...(isTemplate ? { template: true } : {}) }
}

function current(context: Context, type: Guest['type']): Reply {
  const guest = guestFrom(context, type, 'VM.Audit')
  const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`
  const ha = context.world.ha.find((row) => row.sid === sid)
  const isRunning = guest.status !== 'stopped'
  return {
    data: {
      ...statusRow(context, guest),
      ha: ha === undefined ? { managed: 0 } : { managed: 1, state: ha.state },
      ...(type === 'qemu'
        ? {
            qmpstatus: guest.status,
            ...(isRunning
              ? { 'running-machine': 'pc-i440fx-9.2+pve1', 'running-qemu': '9.2.0' }
              : {}),
            ...(guest.agent === 'none' ? {} : { agent: true })
          }
        : {})
    }
  }
}

/** `current=1` gives the effective values, otherwise staged changes are merged in; the digest is the same. */
function config(context: Context, type: Guest['type']): Reply {
  const guest = guestFrom(context, type, 'VM.Audit')
  const { snapshot, current } = context.query
  if (snapshot !== undefined && current === '1') {
    throw badParameter('snapshot', "cannot use 'snapshot' parameter with 'current'")
  }
  const digest = digestOf(guest)
  if (snapshot !== undefined) return { data: { ...snapshotConfig(guest, snapshot), digest } }
  const config = current === '1' ? { ...guest.config } : merged(guest)
  if (config.description !== undefined) config.description = described(guest, config.description)
  if (config.cipassword !== undefined) config.cipassword = '**********'
  // Reading a container's environment needs more than VM.Audit (9.1 and later).
  if (!canOnGuest(context, guest, 'VM.Config.Options')) delete config.env
  return { data: { ...config, digest } }
}

/** qemu-server trims the end of a description; pve-container ends every line, the last one too. */
function described(guest: Guest, description: Config[string]): string {
  const trimmed = String(description).trimEnd()
  return guest.type === 'qemu' ? trimmed : `${trimmed}\n`
}

function snapshotConfig(guest: Guest, name: string): Config {
  const found = guest.snapshots.find((snapshot) => snapshot.name === name)
  if (found === undefined) throw new PveError(500, `snapshot '${name}' does not exist`)
  return { ...found.config, snaptime: found.snaptime }
}

function merged(guest: Guest): Config {
  const config = { ...guest.config }
  for (const [key, value] of Object.entries(guest.pending)) {
    if (value === null) delete config[key]
    else config[key] = value
  }
  return config
}

function pending(context: Context, type: Guest['type']): Reply {
  const guest = guestFrom(context, type, 'VM.Audit')
  const keys = new Set([...Object.keys(guest.config), ...Object.keys(guest.pending)])
  const rows = [...keys].map((key) => {
    const [value, staged] = [guest.config[key], guest.pending[key]]
    return {
      key,
      ...(value === undefined ? {} : { value: text(value) }),
      ...(staged === undefined ? {} : staged === null ? { delete: 1 } : { pending: text(staged) })
    }
  })
  return { data: [...rows, { key: 'digest', value: digestOf(guest) }] }
}

function text(value: Config[string]): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value)
}

/** Snapshots, then the pseudo row of the live state with the digest. */
function snapshots(context: Context, type: Guest['type']): Reply {
  const guest = guestFrom(context, type, 'VM.Audit')
  const rows = guest.snapshots.map((snapshot) => ({
    name: snapshot.name,
    description: snapshot.description,
    snaptime: snapshot.snaptime,
    ...(type === 'qemu' ? { vmstate: snapshot.vmstate } : {}),
    ...(snapshot.parent === undefined ? {} : { parent: snapshot.parent })
  }))
  const parent = guest.snapshots.at(-1)?.name
  const live = {
    name: 'current',
    description: 'You are here!',
    digest: digestOf(guest),
    running: guest.status !== 'stopped',
    ...(parent === undefined ? {} : { parent })
  }
  return { data: [...rows, live] }
}
