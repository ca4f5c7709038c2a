import { callerFrom, type RequestAuth } from './access.ts'
import { notImplemented, PveError } from './errors.ts'
import { jittered, printed } from './jitter.ts'
import { createTicket, domains } from './routes/access.ts'
import type { Reply } from './routes/route.ts'
import { routeOf } from './routes/table.ts'
import type { Random } from './world/random.ts'
import type { World } from './world/world-shape.ts'

export interface PveRequest {
  method: string
  /** Below /api2/json, still percent-encoded, without a query. */
  path: string
  query?: Record<string, string>
  auth?: RequestAuth
  /** Form fields of a POST. */
  form?: Record<string, string>
  /** Epoch seconds; default: the world's own time. */
  now?: number
  /** The node that is asked; default: the first one. */
  entryNode?: string
}

export interface PveAnswer {
  status: number
  reason: string
  /** The JSON body, or null for none at all. */
  body: unknown
  cost: 'P' | 'D'
  /** Node whose worker does the work. */
  node: string
  /** How long that worker is busy. */
  delayMs: number
  /** The template of the path, for logs. */
  route: string
}

/**
 * What this world answers to one request: the whole behaviour short of sockets, workers and faults. Never throws for
 * bad requests. Without `random` there is no jitter: numbers are numbers, booleans 0 and 1, rows in world order.
 */
export function answer(world: World, request: PveRequest, random?: Random): PveAnswer {
  const entryNode = request.entryNode ?? world.nodes[0]?.name ?? 'localhost'
  const found = routeOf(request.path)
  const place = {
    cost: found?.route.cost ?? 'P',
    node: nodeNameOf(found?.params.node, entryNode),
    route: found?.route.path ?? request.path
  } as const
  try {
    const reply = replyTo(world, request, found, entryNode)
    const print = printerFor(reply, random)
    const { total, changes, delayMs = 0 } = reply
    const body = {
      data: print(reply.data),
      ...(total === undefined ? {} : { total }),
      ...(changes === undefined ? {} : { changes })
    }
    return { ...place, status: 200, reason: 'OK', body, delayMs }
  } catch (error) {
    if (!(error instanceof PveError)) throw error
    return { ...place, ...failure(world, error) }
  }
}

function nodeNameOf(asked: string | undefined, entryNode: string): string {
  return asked === undefined || asked === 'localhost' ? entryNode : asked
}

function printerFor(reply: Reply, random: Random | undefined): (value: unknown) => unknown {
  if (reply.isExact === true) return (value) => value
  return random === undefined
    ? printed
    : (value) => jittered(value, random, reply.isSorted === true)
}

function replyTo(
  world: World,
  request: PveRequest,
  found: ReturnType<typeof routeOf>,
  entryNode: string
): Reply {
  const now = request.now ?? world.now
  const { method, path } = request
  if (path === '/access/domains' && method === 'GET') return domains()
  if (path === '/access/ticket') {
    return method === 'POST' ? createTicket(world, request.form ?? {}, now) : { data: null }
  }
  const caller = callerFrom(world, request.auth ?? {}, { now, method })
  const isKnown =
    found !== null && (found.route.versions ?? [world.version]).includes(world.version)
  if (!isKnown || method !== 'GET') throw notImplemented(method, path)
  return found.route.answer({
    world,
    caller,
    params: found.params,
    query: request.query ?? {},
    now,
    entryNode
  })
}

/** Up to http-server 5.1 the text stands in the reason phrase only; since 5.2 (8.4) also in `message`. */
function failure(
  world: World,
  error: PveError
): Pick<PveAnswer, 'status' | 'reason' | 'body' | 'delayMs'> {
  const body = {
    data: null,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(world.version === '7.4' ? {} : { message: `${error.message}\n` })
  }
  return {
    status: error.status,
    reason: error.message,
    body: error.isBare ? null : body,
    delayMs: error.delayMs
  }
}
