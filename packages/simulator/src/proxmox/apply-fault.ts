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
    case 'unauthorized':
      return { ...own, status: 401, reason: 'permission denied - invalid PVE ticket', body: null }
    case 'not-implemented':
      return refused(own, world, 501, `Method 'GET ${own.route}' not implemented`)
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
    case 'cut-json': {
      const text = JSON.stringify(own.body ?? { data: null })
      return { ...own, status: 200, reason: 'OK', text: text.slice(0, text.length >> 1) }
    }
    case 'empty-body':
      return { ...own, status: 200, reason: 'OK', text: '' }
    case 'empty-list':
      return told(own, [])
    case 'empty-object':
      return told(own, {})
    case 'null-data':
      return told(own, null)
    case 'half':
      return told(own, halfOf(dataOf(own)))
    case 'wrong-types':
      return told(own, wrongly(dataOf(own)))
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

const told = (own: PveAnswer, data: unknown): PveAnswer => ({
  ...own,
  status: 200,
  reason: 'OK',
  body: { data }
})

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const dataOf = ({ body }: PveAnswer): unknown => (isRow(body) ? body.data : undefined)

/** The first row or member stays, so that of one there is still one. Agents answer in a `result`, which is halved. */
function halfOf(data: unknown): unknown {
  if (Array.isArray(data)) return data.filter((_, index) => index % 2 === 0)
  if (!isRow(data)) return data
  if ('result' in data) return { ...data, result: halfOf(data.result) }
  return Object.fromEntries(Object.entries(data).filter((_, index) => index % 2 === 0))
}

/** What `type` names stays: a row of nobody knows what is another fault. */
function wrongly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wrongly)
  if (isRow(value)) {
    const members = Object.entries(value)
    return Object.fromEntries(
      members.map(([key, inner]) => [key, key === 'type' ? inner : wrongly(inner)])
    )
  }
  return typeof value === 'string' ? { text: value } : [value]
}

function refused(own: PveAnswer, world: World, status: number, reason: string): PveAnswer {
  const body = { data: null, ...(world.version === '7.4' ? {} : { message: `${reason}\n` }) }
  return { ...own, status, reason, body }
}
