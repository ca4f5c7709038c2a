import type { Gap, ProxmoxConnection } from '@proxbox/contracts'
import { HttpTimeout, HttpUnreachable } from '@proxbox/http'
import type { Static } from 'typebox'
import { AnswerError } from './answer-error.ts'
import { defined } from './defined.ts'
import { grantCommand } from './privileges.ts'
import { NodeClosedError } from './reading.ts'

type EstateGap = Static<typeof Gap>
export type GapScope = Pick<EstateGap, 'scope' | 'facet'> &
  Partial<Pick<EstateGap, 'node' | 'storage' | 'vmid'>>
export type GapFacts = GapScope &
  Pick<EstateGap, 'reason' | 'detail'> & { remedy?: string | undefined }

/** The gaps of one reading, each scope and facet once. */
export interface GapList {
  add(gap: GapFacts): void
  /** A failure in Proxmox's own words, with the reason and the remedy that follow from it. */
  addFailure(scope: GapScope, error: Error): void
  list(): EstateGap[]
}

export function createGapList(connection: ProxmoxConnection): GapList {
  const gaps = new Map<string, EstateGap>()
  const add = (gap: GapFacts) => {
    const key = [gap.scope, gap.node, gap.storage, gap.vmid, gap.facet].join(' ')
    if (!gaps.has(key)) gaps.set(key, defined({ cluster: connection.name, ...gap }))
  }
  return {
    add,
    addFailure: (scope, error) => {
      // A node that is gone is one gap, not one per guest.
      const isNode = isNodeGone(error) && scope.node !== undefined
      const at: GapScope = isNode ? nodeScope(scope) : scope
      const remedy = remedyFor(error, connection)
      add({ ...at, reason: reasonOf(error), detail: error.message, remedy })
    },
    list: () => [...gaps.values()]
  }
}

function nodeScope({ node, facet }: GapScope): GapScope {
  return defined({ scope: 'node' as const, node, facet })
}

function isNodeGone(error: Error): boolean {
  return error instanceof NodeClosedError || (error instanceof AnswerError && error.status === 595)
}

function reasonOf(error: Error): EstateGap['reason'] {
  if (error instanceof HttpTimeout || /timeout|timed out/i.test(error.message)) return 'timeout'
  if (isNodeGone(error) || error instanceof HttpUnreachable) return 'offline'
  if (error instanceof AnswerError) {
    if (error.status === 401 || error.status === 403) return 'denied'
    if (error.status === 596) return 'timeout'
    // The agent's own words (PVE::QemuServer::Agent).
    return /agent is not running/i.test(error.message) ? 'offline' : 'error'
  }
  return error.name === 'NonsenseError' || error.name === 'HttpDecodeError' ? 'nonsense' : 'error'
}

function remedyFor(error: Error, connection: ProxmoxConnection): string | undefined {
  if (!(error instanceof AnswerError) || error.status !== 403) return undefined
  const missing = /\((\/[^,()]*),\s*([\w.|]+)\)/.exec(error.message)
  const privilege = missing?.[2]?.split('|')[0]
  if (privilege === undefined) return undefined
  return grantCommand(connection, { privilege, path: missing?.[1] ?? '/' })
}
