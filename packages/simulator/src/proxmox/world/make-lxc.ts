import { gatewayOf, nextAddress, nextMac } from './addresses.ts'
import type { GuestPlan } from './make-qemu.ts'
import { makeOsInfo } from './make-runtime.ts'
import type { Random } from './random.ts'
import type { Config, Guest, RuntimeInterface, World } from './world-shape.ts'

/** A container: veth NICs with static or leased addresses, a root file system, now and then a mount point. */
export function makeLxc(world: World, plan: GuestPlan, random: Random): Guest {
  const stem = plan.isTemplate ? 'basevol' : 'subvol'
  const config: Config = {
    arch: 'amd64',
    hostname: plan.name,
    memory: random.pick([512, 1024, 2048]),
    swap: 512,
    ostype: random.pick(['debian', 'ubuntu', 'alpine']),
    rootfs: `local-lvm:${stem}-${plan.vmid}-disk-0,size=${random.pick(['8G', '16G', '2T'])}`,
    unprivileged: random.chance(0.8),
    onboot: random.chance(0.6)
  }
  // Absent cores means all of the host's.
  if (random.chance(0.8)) config.cores = random.int(1, 4)
  if (random.chance(0.2)) config.features = 'nesting=1,keyctl=1'
  if (random.chance(0.2))
    config.mp0 = `nas:${plan.vmid}/vm-${plan.vmid}-disk-1.raw,mp=/data,size=50G`
  if (random.chance(0.1)) config.mp1 = '/srv/media,mp=/media'
  if (random.chance(0.1)) config.lxc = [['lxc.apparmor.profile', 'unconfined']]
  if (plan.isTemplate) config.template = true
  const interfaces = addNics(world, config, random)
  return {
    vmid: plan.vmid,
    type: 'lxc',
    node: plan.node,
    status: plan.isRunning ? 'running' : 'stopped',
    config,
    pending: {},
    snapshots: [],
    agent: 'none',
    interfaces,
    osInfo: makeOsInfo(random),
    uptime: plan.isRunning ? random.int(600, 9_000_000) : 0
  }
}

function addNics(world: World, config: Config, random: Random): RuntimeInterface[] {
  const interfaces: RuntimeInterface[] = [
    {
      name: 'lo',
      mac: '00:00:00:00:00:00',
      addresses: [{ address: '127.0.0.1', family: 4, prefix: 8 }]
    }
  ]
  const count = random.pick([1, 1, 1, 2])
  for (let n = 0; n < count; n++) {
    const mac = nextMac(world)
    const address = nextAddress(world)
    const ip = random.chance(0.7)
      ? `ip=${address.address}/${address.prefix},gw=${gatewayOf(address)}`
      : 'ip=dhcp'
    const tag = random.chance(0.3) ? ',tag=20' : ''
    config[`net${n}`] = `name=eth${n},bridge=vmbr0,hwaddr=${mac},${ip}${tag},type=veth`
    interfaces.push({ name: `eth${n}`, mac: mac.toLowerCase(), addresses: [address] })
  }
  return interfaces
}
