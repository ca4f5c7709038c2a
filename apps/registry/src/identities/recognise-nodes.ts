export interface StoredNode {
  readonly nodeId: string
  readonly name: string
  readonly ip: string | null
  /** Epoch milliseconds. */
  readonly seenMs: number
}

export interface SeenNode {
  readonly name: string
  readonly ip: string | null
}

/** Longer ago, an address may have been given to another machine. */
const rememberMs = 7 * 24 * 60 * 60 * 1000

/**
 * Pure: the stored node behind each node of a cluster's whole list; a name without one is a new node. The name decides.
 * A new name belongs to the node that was there lately under a name that is gone, with the same address; on a standalone
 * server to its only node.
 */
export function recogniseNodes(
  seen: readonly SeenNode[],
  stored: readonly StoredNode[],
  facts: { readonly mode: 'cluster' | 'standalone'; readonly nowMs: number }
): ReadonlyMap<string, StoredNode> {
  const found = new Map<string, StoredNode>()
  for (const node of seen) {
    const same = stored.find((one) => one.name === node.name)
    if (same !== undefined) found.set(node.name, same)
  }
  const gone = stored.filter(
    (one) => !seen.some((node) => node.name === one.name) && facts.nowMs - one.seenMs <= rememberMs
  )
  for (const node of seen) {
    if (found.has(node.name)) continue
    const candidates =
      facts.mode === 'standalone' && seen.length === 1
        ? gone
        : gone.filter((one) => node.ip !== null && one.ip === node.ip)
    const free = candidates.filter((one) => ![...found.values()].includes(one))
    if (free.length === 1 && free[0] !== undefined) found.set(node.name, free[0])
  }
  return found
}
