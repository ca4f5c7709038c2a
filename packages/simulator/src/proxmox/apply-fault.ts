import type { PveAnswer } from './answer.ts'
import type { Fault } from './faults.ts'
import type { WireAnswer } from './send-answer.ts'
import type { World } from './world/world-shape.ts'

const SLOW_MS = 1000

/** What a fault makes of the right answer. */
export function applyFault(own: PveAnswer, fault: Fault, world: World): PveAnswer & WireAnswer {
  switch (fault.kind) {
    case 'forbidden':
      return refused(own, world, 403, 'Permission check failed (/, Sys.Audit)')
    case 'internal':
      return refused(own, world, 500, 'got timeout')
    case 'unreachable':
      return { ...own, status: 595, reason: 'No route to host', body: null }
    case 'timeout':
      return { ...own, status: 596, reason: 'Connection timed out', body: null }
    case 'slow':
      return { ...own, delayMs: own.delayMs + (fault.delayMs ?? SLOW_MS) }
    case 'truncated':
      return { ...own, breaks: 'half-way' }
    case 'empty-list':
      return { ...own, status: 200, reason: 'OK', body: { data: [] } }
    case 'null-data':
      return { ...own, status: 200, reason: 'OK', body: { data: null } }
    case 'not-json':
      return {
        ...own,
        status: 200,
        reason: 'OK',
        text: '<html><body>Service starting</body></html>'
      }
    case 'disconnect':
      return { ...own, breaks: 'at-once' }
  }
}

function refused(own: PveAnswer, world: World, status: number, reason: string): PveAnswer {
  const body = { data: null, ...(world.version === '7.4' ? {} : { message: `${reason}\n` }) }
  return { ...own, status, reason, body }
}
