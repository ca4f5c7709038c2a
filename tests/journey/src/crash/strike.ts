import { setTimeout as sleep } from 'node:timers/promises'
import type { HookedRequest, NetBoxServer, Phase } from '@proxbox/simulator/netbox'
import type { Lab, PartName } from './lab.ts'
import type { CrashPoint, CrashWindow } from './points.ts'

// Until an answer has travelled over loopback and what follows from it has happened: thirty times what that takes.
const settleMs = 150

interface Moment {
  readonly phase: Phase
  /** Stands still from before the write on, so that what it would do next certainly does not happen. */
  readonly frozen?: PartName
}

const moments: Readonly<Record<CrashWindow, Moment>> = {
  reading: { phase: 'before' },
  'before a write': { phase: 'before' },
  'committed, not answered': { phase: 'after-commit' },
  'answered, not recorded': { phase: 'after-commit', frozen: 'inventory' },
  'recorded, not reported': { phase: 'after-commit', frozen: 'orchestrator' }
}

export interface Strike {
  /** Resolves when the kill has happened. */
  readonly done: Promise<void>
  readonly hasStruck: () => boolean
}

/**
 * Waits for a point of a Run and kills there with SIGKILL. Where a part must not get to do its next step, it is frozen
 * first (SIGSTOP) and dies with the victim: alive again it would take the step from its socket's buffer.
 */
export function strikeAt(lab: Lab, netbox: NetBoxServer, point: CrashPoint): Strike {
  const moment = moments[point.window]
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let seen = 0
  let struck = false
  const kill = () => {
    for (const name of new Set([point.victim, ...(moment.frozen ? [moment.frozen] : [])]))
      lab.stack.kill(name, 'SIGKILL')
  }
  const strike = () => {
    if (moment.frozen === undefined) {
      kill()
      resolve()
    } else sleep(settleMs).then(kill).then(resolve, reject)
  }
  const isOurs = ({ method }: HookedRequest) =>
    (point.window === 'reading') === (method === 'GET' || method === 'OPTIONS')
  const remove = netbox.hook((phase, request) => {
    if (!isOurs(request) || struck) return
    if (phase === 'before') seen += 1
    if (seen < point.nth) return
    if (phase === 'before' && moment.frozen !== undefined) lab.stack.kill(moment.frozen, 'SIGSTOP')
    if (phase !== moment.phase) return
    struck = true
    remove()
    try {
      strike()
    } catch (error) {
      reject(error)
    }
  })
  return { done: promise, hasStruck: () => struck }
}
