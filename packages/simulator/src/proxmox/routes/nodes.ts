import { createHash } from 'node:crypto'
import type { NetworkRow, NodeCertificate } from '../world/world-shape.ts'
import { releaseOf } from './access.ts'
import { nodeRow } from './resources.ts'
import { type Context, can, demand, nodeFrom, type Reply, type Route } from './route.ts'

const GIB = 2 ** 30

export const nodeRoutes: readonly Route[] = [
  {
    path: '/nodes',
    cost: 'P',
    answer: (c) => ({ data: c.world.nodes.map((node) => nodeRow(c, node, 'nodes')) })
  },
  { path: '/nodes/{node}/version', cost: 'P', answer: version },
  { path: '/nodes/{node}/status', cost: 'P', answer: status },
  { path: '/nodes/{node}/network', cost: 'P', answer: network },
  { path: '/nodes/{node}/config', cost: 'P', answer: config },
  { path: '/nodes/{node}/dns', cost: 'P', answer: dns },
  { path: '/nodes/{node}/time', cost: 'P', answer: time },
  { path: '/nodes/{node}/certificates/info', cost: 'P', answer: certificates },
  { path: '/nodes/{node}/subscription', cost: 'P', answer: subscription },
  { path: '/nodes/{node}/disks/list', cost: 'D', answer: disks },
  { path: '/nodes/{node}/replication', cost: 'D', answer: replication }
]

function version(context: Context): Reply {
  nodeFrom(context)
  return { data: releaseOf(context.world) }
}

function status(context: Context): Reply {
  const node = nodeFrom(context)
  demand(context, `/nodes/${node.name}`, 'Sys.Audit')
  const { version, repoid } = releaseOf(context.world)
  const kernel = KERNELS[context.world.version]
  const used = Math.floor(node.memoryBytes / 2)
  const newer = context.world.version !== '7.4'
  return {
    data: {
      pveversion: `pve-manager/${version}/${repoid}`,
      kversion: `Linux ${kernel} #1 SMP PREEMPT_DYNAMIC PMX ${kernel}`,
      ...(newer
        ? {
            'current-kernel': {
              sysname: 'Linux',
              release: kernel,
              version: '#1 SMP',
              machine: 'x86_64'
            },
            'boot-info': { mode: 'efi', secureboot: false }
          }
        : {}),
      cpuinfo: {
        model: node.cpuModel,
        cpus: node.cores,
        cores: Math.ceil(node.cores / 2),
        sockets: node.sockets,
        mhz: '2400.000',
        flags: 'fpu vme de pse tsc msr pae mce',
        hvm: '1',
        user_hz: 100
      },
      cpu: 0.042,
      wait: 0.001,
      idle: 0,
      loadavg: ['0.42', '0.40', '0.35'],
      memory: {
        total: node.memoryBytes,
        used,
        free: node.memoryBytes - used,
        ...(context.world.version === '9.2' ? { available: node.memoryBytes - used } : {})
      },
      swap: { total: 8 * GIB, used: 0, free: 8 * GIB },
      ksm: { shared: 0 },
      rootfs: { total: 94 * GIB, used: 12 * GIB, free: 82 * GIB, avail: 77 * GIB },
      uptime: 1_234_567
    }
  }
}

const KERNELS = { '7.4': '5.15.108-1-pve', '8.4': '6.8.12-10-pve', '9.2': '6.17.2-1-pve' } as const

/** Rows of the interfaces file; 8 and 9 drop bridges that the caller may not use without a word. */
function network(context: Context): Reply {
  const node = nodeFrom(context)
  const type = context.query.type
  const filters = context.world.version !== '7.4'
  const isSeen = (row: NetworkRow) =>
    !filters ||
    row.type !== 'bridge' ||
    can(context, `/sdn/zones/localnetwork/${row.iface}`, 'SDN.Audit', 'SDN.Use') ||
    can(context, `/nodes/${node.name}`, 'Sys.Modify')
  const rows = node.network.filter(isSeen).filter((row) => isOfType(row, type))
  return {
    data: rows,
    ...(node.networkChanges === undefined ? {} : { changes: node.networkChanges })
  }
}

function isOfType(row: NetworkRow, type: string | undefined): boolean {
  if (type === undefined || type === 'include_sdn') return true
  if (type === 'any_bridge' || type === 'any_local_bridge')
    return row.type === 'bridge' || row.type === 'OVSBridge'
  return row.type === type
}

function config(context: Context): Reply {
  const node = nodeFrom(context)
  demand(context, `/nodes/${node.name}`, 'Sys.Audit')
  return {
    data: {
      ...(node.description === '' ? {} : { description: node.description }),
      digest: 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
    }
  }
}

function dns(context: Context): Reply {
  const node = nodeFrom(context)
  demand(context, `/nodes/${node.name}`, 'Sys.Audit')
  return { data: { search: 'example.org', dns1: '192.0.2.53', dns2: '192.0.2.54' } }
}

function time(context: Context): Reply {
  const node = nodeFrom(context)
  demand(context, `/nodes/${node.name}`, 'Sys.Audit')
  const now = context.now + context.world.clockSkewSeconds
  return { data: { timezone: 'Etc/UTC', time: now, localtime: now } }
}

/** Any logged-in caller may read it, the root certificate of the cluster included. */
function certificates(context: Context): Reply {
  const node = nodeFrom(context)
  const held = context.world.certificates
  const leaf = held?.nodes[node.name]
  if (held === null || leaf === undefined) return { data: [rootOf(context.world)] }
  return { data: [certificateRow('pve-root-ca.pem', held.ca), certificateRow('pve-ssl.pem', leaf)] }
}

/** In process nobody needs a key pair: the CA of a world is a fingerprint, the same on all its nodes. */
function rootOf({ ticketKey }: Context['world']) {
  const hex = createHash('sha256').update(`ca ${ticketKey}`).digest('hex').toUpperCase()
  return { filename: 'pve-root-ca.pem', fingerprint: hex.match(/../g)?.join(':') ?? '' }
}

function certificateRow(filename: string, certificate: NodeCertificate) {
  return {
    filename,
    ...certificate,
    'public-key-type': 'id-ecPublicKey',
    'public-key-bits': 256
  }
}

function subscription(context: Context): Reply {
  nodeFrom(context)
  return {
    data: {
      status: 'notfound',
      message: 'There is no subscription key',
      serverid: 'A1B2C3D4E5F60718293A4B5C6D7E8F90',
      url: 'https://www.proxmox.com/proxmox-ve/pricing'
    }
  }
}

function disks(context: Context): Reply {
  const node = nodeFrom(context)
  demand(context, `/nodes/${node.name}`, 'Sys.Audit')
  const skipsSmart = context.query.skipsmart === '1'
  return {
    data: node.disks.map((disk, index) => ({
      devpath: disk.devpath,
      type: disk.type,
      size: disk.sizeBytes,
      model: disk.model,
      serial: disk.serial,
      vendor: disk.type === 'nvme' ? 'unknown' : 'ATA     ',
      wwn: `0x5002538f0000000${index}`,
      rpm: 0,
      gpt: true,
      mounted: false,
      health: skipsSmart ? 'UNKNOWN' : 'PASSED',
      wearout: skipsSmart ? 'N/A' : 97,
      used: disk.used,
      by_id_link: `/dev/disk/by-id/${disk.type}-${disk.serial}`,
      osdid: -1,
      'osdid-list': null
    })),
    // One smartctl per disk unless it is skipped.
    delayMs: skipsSmart ? 0 : 50 * node.disks.length
  }
}

function replication(context: Context): Reply {
  const node = nodeFrom(context)
  const rows = context.world.replication
    .filter((job) => job.source === node.name)
    .map((job) => ({
      ...job,
      last_sync: context.now - 600,
      duration: 2.5,
      fail_count: 0,
      vmtype: 'qemu'
    }))
  return { data: rows }
}
