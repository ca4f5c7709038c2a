import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import {
  createWorld,
  openProxmoxServer,
  type ProxmoxServer,
  setAgent,
  type World
} from '@proxbox/simulator/proxmox'
import type { Environment } from '../config.ts'
import { type CountedNetBox, openRealNetBox } from './real-netbox.ts'

export interface DemoSize {
  /** Of each cluster. */
  readonly guests: number
  readonly clusters: number
  readonly seed: number
}

/** What the demo brings along: a Proxmox per cluster, and a NetBox that counts what is written to it. */
export interface DemoSources {
  readonly proxmoxes: readonly ProxmoxServer[]
  readonly netbox: CountedNetBox
  close(): Promise<void>
}

const nodesPerCluster = 3
// Clusters of one owner share no vmid range, so that a glance tells them apart; 10,000 apart leaves room for any size.
const vmidsPerCluster = 10_000

/** Starts the simulated servers; NETBOX_URL and NETBOX_TOKEN replace the NetBox by a real one. */
export async function openSources(
  size: DemoSize,
  env: Environment,
  signal: AbortSignal
): Promise<DemoSources> {
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(closers.map((one) => one()))
  }
  try {
    const proxmoxes: ProxmoxServer[] = []
    for (let index = 0; index < size.clusters; index += 1) {
      const server = await openProxmoxServer({ world: worldOf(size, index) })
      closers.push(() => server.close())
      proxmoxes.push(server)
    }
    const netbox = env.NETBOX_URL
      ? await openRealNetBox(env.NETBOX_URL, env.NETBOX_TOKEN ?? '', signal)
      : await openSimulatedNetBox(size.seed)
    closers.push(() => netbox.close())
    return { proxmoxes, netbox, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A cluster in which every agent that is installed answers: a first look should show no gaps. */
function worldOf({ guests, seed }: DemoSize, index: number): World {
  const world = createWorld({
    guests,
    nodes: nodesPerCluster,
    seed: seed + index,
    clusterName: index === 0 ? 'demo' : `demo-${index + 1}`,
    addressBase: (10 + index) % 256,
    vmidBase: 100 + index * vmidsPerCluster
  })
  const failing = world.guests.filter(({ agent }) => agent !== 'none' && agent !== 'answers')
  for (const { vmid } of failing) setAgent(world, vmid, 'answers')
  return world
}

async function openSimulatedNetBox(seed: number): Promise<CountedNetBox> {
  const server = await openNetBoxServer({ state: createNetBox({ seed }) })
  return {
    url: server.url,
    token: server.token,
    title: `a simulated NetBox ${server.state.version}`,
    countWrites: async () => server.requests.counts().writes,
    close: () => server.close()
  }
}
