import { type Estate, type Gap, ProxboxError } from '@proxbox/contracts'
import { type Proxmox, readClusterEstate } from '@proxbox/proxmox'

const clusterId = 'caaaaaaaa'
const facets = { agent: true, networks: true, storages: true }

/**
 * The Estate as the collector has it: read under the ids of the registry, or one gap for the Endpoint that could not be
 * read. Any other failure goes on up.
 */
export async function readFaulty(proxmox: Proxmox): Promise<Estate> {
  try {
    const signal = AbortSignal.timeout(30_000)
    const seen = await readClusterEstate(proxmox, { concurrency: 8, facets }, signal)
    const nodes = seen.nodes.map((node) => ({ ...node, nodeId: `n${node.name.padEnd(8, '0')}` }))
    const gaps = seen.gaps.map((gap) => ({ ...gap, cluster: clusterId }))
    return { clusters: [{ ...seen, clusterId, nodes, gaps }], gaps: [] }
  } catch (error) {
    if (!(error instanceof ProxboxError) || !error.code.startsWith('PROXMOX_')) throw error
    const gap: Gap = {
      cluster: proxmox.connection.name,
      ...{ scope: 'cluster', facet: 'list', reason: 'error' },
      detail: error.message
    }
    return { clusters: [], gaps: [gap] }
  }
}
