import { openProxmox, type Proxmox } from '@proxbox/proxmox'
import { openProxmoxServer, type ProxmoxServer, type World } from '@proxbox/simulator/proxmox'
import { connectionTo } from './in-process.ts'
import type { ReadWorld } from './lab.ts'
import { readFaulty } from './read-faulty.ts'

interface Served {
  readonly server: ProxmoxServer
  readonly proxmox: Proxmox
}

/** Reads worlds over TLS, each from a server of its own. */
export function openOverHttp(): { read: ReadWorld; close(): Promise<void> } {
  const all = new Map<World, Promise<Served>>()
  const serve = async (world: World): Promise<Served> => {
    const server = await openProxmoxServer({ world, workers: false })
    const { host, port, fingerprintSha256: fingerprint_sha256 } = server
    // Short, so that what is too slow for it keeps nobody waiting.
    const given = { host, port, fingerprint_sha256, verify_ssl: true, timeout: 1 }
    const at = connectionTo(world, given)
    return { server, proxmox: openProxmox(at) }
  }
  return {
    read: async (world, faults) => {
      const served = all.get(world) ?? serve(world)
      all.set(world, served)
      const { server, proxmox } = await served
      server.faults.clear()
      for (const fault of faults) server.faults.add(fault)
      return await readFaulty(proxmox)
    },
    close: async () => {
      for (const { server, proxmox } of await Promise.all(all.values())) {
        await proxmox.close()
        await server.close()
      }
    }
  }
}
