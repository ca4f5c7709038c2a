import type { ClusterEstate, ProxmoxConnection } from '@proxbox/contracts'
import { HttpDecodeError } from '@proxbox/http'
import { type Proxmox, readClusterEstate } from '@proxbox/proxmox'
import { answer, ticketFor, type World } from '@proxbox/simulator/proxmox'

const connection: ProxmoxConnection = {
  id: 1,
  name: 'lab',
  host: 'pve.example.org',
  port: 8006,
  username: 'root@pam',
  verify_ssl: false,
  ca_certificate: '',
  fingerprint_sha256: '',
  site: null,
  tenant: null,
  netbox_cluster: null,
  notes: true,
  link_base: null,
  timeout: 5,
  fetch_max_concurrency: null
}

/** A Proxmox without a socket: the world answers at once; what it refuses cannot be read, and becomes a gap. */
function inProcess(world: World): Proxmox {
  const cookie = `PVEAuthCookie=${ticketFor(world, 'root@pam', world.now).ticket}`
  let requests = 0
  return {
    connection,
    trust: { mode: 'off' },
    agentTimeoutMs: 1000,
    async get(path, options = {}) {
      requests += 1
      const query = Object.fromEntries(
        Object.entries(options.query ?? {}).map(([name, value]) => [name, String(value)])
      )
      const { status, body, reason } = answer(world, {
        method: 'GET',
        path,
        query,
        auth: { cookie }
      })
      if (status >= 400) throw new HttpDecodeError(`${status} ${reason}`)
      if (typeof body !== 'object' || body === null) return undefined
      if ('changes' in body) options.onStaged?.(String(body.changes))
      return 'data' in body ? body.data : undefined
    },
    requests: () => requests,
    clockSkewSeconds: () => 0,
    close: async () => {}
  }
}

/** The cluster as the reader sees this world, under ids as the registry gives them: a renamed node keeps its own. */
export async function readWorld(world: World, clusterId = 'caaaaaaaa'): Promise<ClusterEstate> {
  const options = { concurrency: 8, facets: { agent: true, networks: true, storages: false } }
  const seen = await readClusterEstate(inProcess(world), options, new AbortController().signal)
  const numbers = new Map(world.nodes.map(({ name, nodeid }) => [name, Math.max(1, nodeid)]))
  const nodeIdOf = (name: string) => `n${clusterId.slice(1)}pve${numbers.get(name)}`
  return {
    ...seen,
    clusterId,
    nodes: seen.nodes.map((node) => ({ ...node, nodeId: nodeIdOf(node.name) })),
    gaps: seen.gaps.map((gap) => ({ ...gap, cluster: clusterId }))
  }
}
