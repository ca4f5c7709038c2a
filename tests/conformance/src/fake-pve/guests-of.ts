/** A guest as fakepve's guests file describes it. */
export interface FakeGuest {
  readonly type: 'qemu' | 'lxc'
  readonly vmid: number
  readonly name: string
  readonly node: string
  readonly status: 'running' | 'stopped'
  readonly config: Readonly<Record<string, string | number>>
  /** Guest agent answers by command; absent: no agent. */
  readonly agent?: Readonly<Record<string, unknown>>
}

export interface GuestCounts {
  readonly nodes: number
  readonly qemu: number
  readonly lxc: number
}

/** Guests spread evenly over `pve1`, `pve2` …; the same counts give the same guests. vmids begin at 100. */
export function guestsOf({ nodes, qemu, lxc }: GuestCounts): FakeGuest[] {
  return [
    ...Array.from({ length: qemu }, (_, index) => qemuGuest(index, `pve${(index % nodes) + 1}`)),
    ...Array.from({ length: lxc }, (_, index) =>
      lxcGuest(qemu + index, `pve${(index % nodes) + 1}`)
    )
  ]
}

function qemuGuest(index: number, node: string): FakeGuest {
  const vmid = 100 + index
  const isRunning = index % 3 !== 2
  const mac = macOf(index)
  const nicOptions = [
    'bridge=vmbr0',
    'firewall=1',
    ...(index % 2 ? [`tag=${10 + (index % 5)}`] : [])
  ]
  return {
    type: 'qemu',
    vmid,
    name: `vm-${vmid}`,
    node,
    status: isRunning ? 'running' : 'stopped',
    config: {
      name: `vm-${vmid}`,
      cores: 1 + (index % 4),
      sockets: 1 + (index % 2),
      memory: 1024 * (1 + (index % 8)),
      ostype: index % 5 === 4 ? 'win11' : 'l26',
      scsihw: 'virtio-scsi-single',
      scsi0: `local-lvm:vm-${vmid}-disk-0,iothread=1,size=${8 + (index % 4) * 8}G`,
      ...(index % 3 === 0 ? { virtio1: `local-lvm:vm-${vmid}-disk-1,size=100G` } : {}),
      net0: [`virtio=${mac}`, ...nicOptions].join(','),
      onboot: index % 2,
      agent: 'enabled=1',
      tags: index % 2 ? 'prod;web' : 'test'
    },
    ...(isRunning ? { agent: { interfaces: interfacesOf(index, mac) } } : {})
  }
}

function lxcGuest(index: number, node: string): FakeGuest {
  const vmid = 100 + index
  return {
    type: 'lxc',
    vmid,
    name: `ct-${vmid}`,
    node,
    status: index % 4 === 3 ? 'stopped' : 'running',
    config: {
      hostname: `ct-${vmid}`,
      cores: 1 + (index % 2),
      memory: 512 * (1 + (index % 4)),
      swap: 512,
      ostype: 'debian',
      arch: 'amd64',
      unprivileged: 1,
      rootfs: `local-lvm:vm-${vmid}-disk-0,size=8G`,
      net0: `name=eth0,bridge=vmbr0,hwaddr=${macOf(index)},ip=${addressOf(index)}/16,type=veth`
    }
  }
}

function interfacesOf(index: number, mac: string): unknown[] {
  const address = { 'ip-address': addressOf(index), 'ip-address-type': 'ipv4', prefix: 16 }
  return [{ name: 'eth0', 'hardware-address': mac.toLowerCase(), 'ip-addresses': [address] }]
}

/** BC:24:11 is Proxmox' own prefix. */
function macOf(index: number): string {
  const tail = index.toString(16).padStart(4, '0').toUpperCase()
  return `BC:24:11:00:${tail.slice(0, 2)}:${tail.slice(2)}`
}

function addressOf(index: number): string {
  return `10.20.${Math.floor(index / 250)}.${1 + (index % 250)}`
}
