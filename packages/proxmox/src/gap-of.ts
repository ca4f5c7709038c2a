import type { Gap, ProxmoxConnection } from '@proxbox/contracts'
import { HttpDecodeError, HttpTimeout, HttpUnreachable } from '@proxbox/http'
import type { Static } from 'typebox'
import { AnswerError, missingPrivilege } from './answer-error.ts'
import { defined } from './defined.ts'
import { NodeClosedError } from './node-closed.ts'
import { grantCommand } from './privileges.ts'
import { isReadFailure } from './reading.ts'
import { NonsenseError } from './wire/decode.ts'

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
      const remedy = remedyFor(error, scope, connection)
      add({ ...at, reason: reasonOf(error), detail: error.message, remedy })
    },
    list: () => [...gaps.values()]
  }
}

/** Reads a part; a failure becomes a gap and undefined. */
export function readerInto(gaps: GapList) {
  return async <T>(scope: GapScope, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!isReadFailure(error)) throw error
      gaps.addFailure(scope, error)
      return undefined
    }
  }
}

function nodeScope({ node, facet }: GapScope): GapScope {
  return defined({ scope: 'node' as const, node, facet })
}

function isNodeGone(error: Error): boolean {
  return error instanceof NodeClosedError || (error instanceof AnswerError && error.status === 595)
}

const causeOf = (error: Error): Error =>
  error instanceof NodeClosedError && error.cause instanceof Error ? error.cause : error

/** Pure: why a failure leaves a part unread. */
function reasonOf(failure: Error): EstateGap['reason'] {
  const error = causeOf(failure)
  if (error instanceof AnswerError && error.status === 595) return 'offline'
  if (error instanceof HttpTimeout || /timeout|timed out/i.test(error.message)) return 'timeout'
  if (error instanceof HttpUnreachable) return 'offline'
  if (error instanceof AnswerError) {
    if (error.status === 401 || error.status === 403) return 'denied'
    if (error.status === 596) return 'timeout'
    // The agent's own words (PVE::QemuServer::Agent).
    return isAgentSilent(error) ? 'offline' : 'error'
  }
  const isNonsense = error instanceof NonsenseError || error instanceof HttpDecodeError
  return isNonsense ? 'nonsense' : 'error'
}

const isAgentSilent = (error: Error): boolean => /agent is not running/i.test(error.message)

/**
 * Pure: what a person can do about it, where the failure itself tells; else whoever shows the gap says how to look
 * closer.
 */
function remedyFor(
  failure: Error,
  { node, facet }: GapScope,
  connection: ProxmoxConnection
): string | undefined {
  const error = causeOf(failure)
  const host = node === undefined ? 'the entry node' : `node ${node}`
  if (isAgentSilent(error)) {
    return 'Start the agent inside the guest: "systemctl start qemu-guest-agent".'
  }
  if (error instanceof AnswerError) {
    const missing = missingPrivilege(error)
    if (missing !== undefined) return grantCommand(connection, missing)
    if (error.status === 401) return 'Store a token or password that is valid there.'
    if (error.status === 595) {
      return `Nothing of it is taken away; it is read again when ${host} answers: "pvecm status" tells more.`
    }
  }
  if (reasonOf(error) !== 'timeout') return undefined
  return facet === 'agent' || facet === 'interfaces'
    ? `Restart the agent inside the guest, or look at the load of ${host}: "systemctl status pvedaemon".`
    : `Look at the load of ${host}: "systemctl status pveproxy pvedaemon", "journalctl -u pvedaemon".`
}
