import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Response, Token } from './engine/message.ts'
import { type Fault, FaultPlan } from './faults.ts'
import { readBody } from './read-body.ts'
import { RequestLog } from './request-log.ts'
import { proxyPage, sendAnswer, sendHalf } from './send.ts'
import type { NetBoxState } from './state.ts'

export type Phase = 'before' | 'after-commit'

export interface HookedRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: unknown
  /** After the commit: what NetBox is about to answer. */
  readonly status?: number
}

/** Called around each request; it is waited for. */
export type Hook = (phase: Phase, request: HookedRequest) => void | Promise<void>

export interface NetBoxServerOptions {
  readonly state: NetBoxState
  readonly host?: '127.0.0.1'
  readonly port?: number
  /** v2, `nbt_<12>.<40>`. */
  readonly token?: string
  readonly log?: (line: string) => void
  /** What NetBox takes per request and per object written, in ms. */
  readonly latency?: { readonly requestMs: number; readonly itemMs: number }
}

export interface TokenOptions {
  readonly version?: 1 | 2
  readonly isReadOnly?: boolean
  /** `app.action_model`, e.g. `virtualization.add_virtualmachine`; without: everything. */
  readonly permissions?: readonly string[]
  /** Object permissions: by model the lookups that an object must meet to be seen, e.g. `{ id__in: [1] }`. */
  readonly constraints?: Token['constraints']
}

export interface NetBoxServer {
  readonly url: string
  readonly token: string
  readonly tokenV1: string
  readonly state: NetBoxState
  readonly requests: RequestLog
  readonly faults: FaultPlan
  /** A further token, with fewer rights. */
  addToken(options: TokenOptions): string
  /** On: every request gets a proxy's 503 page. */
  setMaintenance(isOn: boolean): void
  /** Returns what removes the hook. */
  hook(fn: Hook): () => void
  /** Empties NetBox, the log, the faults and the hooks; tokens stay. */
  reset(): void
  close(): Promise<void>
}

/** A NetBox on 127.0.0.1. Close it when done: `close` ends all connections, stalled ones too. */
export async function openNetBoxServer(options: NetBoxServerOptions): Promise<NetBoxServer> {
  const { state } = options
  const serving = new Serving(options)
  const server = createServer(
    { keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    (incoming, answer) => {
      serving.serve(incoming, answer).catch((error: Error) => {
        options.log?.(`request failed: ${error.message}`)
        answer.destroy()
      })
    }
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  // A listening TCP server has an AddressInfo, says node:net.
  const { port } = server.address() as AddressInfo
  const token = addToken(state, { version: 2 }, options.token)
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    token,
    tokenV1: addToken(state, { version: 1 }),
    state,
    requests: serving.requests,
    faults: serving.faults,
    addToken: (more) => addToken(state, more),
    setMaintenance: (isOn) => {
      serving.isInMaintenance = isOn
    },
    hook: (fn) => {
      serving.hooks.add(fn)
      return () => serving.hooks.delete(fn)
    },
    reset: () => {
      state.clear()
      serving.requests.clear()
      serving.faults.clear()
      serving.hooks.clear()
      serving.isInMaintenance = false
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function addToken(state: NetBoxState, options: TokenOptions, given?: string): string {
  const version = given && !given.startsWith('nbt_') ? 1 : (options.version ?? 2)
  const secret = state.randomText(40)
  const key = given?.startsWith('nbt_')
    ? (given.slice(4).split('.')[0] ?? '')
    : state.randomText(12)
  const value = given ?? (version === 2 ? `nbt_${key}.${secret}` : secret)
  state.addToken({
    key,
    value,
    version,
    canWrite: !options.isReadOnly,
    ...(options.permissions ? { permissions: new Set(options.permissions) } : {}),
    ...(options.constraints ? { constraints: options.constraints } : {})
  })
  return value
}

class Serving {
  readonly requests = new RequestLog()
  readonly faults = new FaultPlan()
  readonly hooks = new Set<Hook>()
  isInMaintenance = false
  readonly #options: NetBoxServerOptions
  // NetBox holds one advisory lock over single and list creates of addresses.
  #addressLock: Promise<void> = Promise.resolve()

  constructor(options: NetBoxServerOptions) {
    this.#options = options
  }

  async serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const started = performance.now()
    const method = incoming.method ?? 'GET'
    const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2)
    const read = await readBody(incoming)
    const items = Array.isArray(read.body) ? read.body.length : read.body === undefined ? 0 : 1
    const finish = (status: number) => {
      const ms = Math.round((performance.now() - started) * 10) / 10
      this.requests.add({ method, path, query, status, ms, items })
      this.#options.log?.(`${method} ${path} ${status} ${ms}ms`)
    }
    const hooked = { method, path, query, body: read.body }
    await this.#call('before', hooked)
    const fault = this.faults.next(method, path)
    if (await this.#refused(fault, answer, finish)) return
    const response = await this.#locked(method, path, async () => {
      await this.#work(items)
      return this.#options.state.handle({
        ...read,
        method,
        path,
        query,
        headers: headersOf(incoming),
        isTrusted: false
      })
    })
    await this.#call('after-commit', { ...hooked, status: response.status })
    deliver(answer, response, fault, finish)
  }

  async #call(phase: Phase, request: HookedRequest): Promise<void> {
    for (const hook of this.hooks) await hook(phase, request)
  }

  /** What happens in front of NetBox; true when the request does not get there. */
  async #refused(
    fault: Fault | undefined,
    answer: ServerResponse,
    finish: (status: number) => void
  ): Promise<boolean> {
    if (fault?.kind === 'slow') await sleep(fault.ms)
    if (fault?.kind === 'drop') {
      finish(0)
      answer.destroy()
      return true
    }
    const status = fault?.kind === 'status' ? fault.status : this.isInMaintenance ? 503 : undefined
    if (status === undefined) return false
    const retryAfter = fault?.kind === 'status' ? (fault.retryAfter ?? 1) : undefined
    finish(status)
    sendAnswer(answer, proxyPage(status, retryAfter))
    return true
  }

  async #work(items: number): Promise<void> {
    const { latency } = this.#options
    if (latency) await sleep(latency.requestMs + latency.itemMs * items)
  }

  async #locked<T>(method: string, path: string, work: () => Promise<T>): Promise<T> {
    const isList = path === '/api/ipam/ip-addresses/'
    const isLocked = isList
      ? method === 'POST'
      : path.startsWith('/api/ipam/ip-addresses/') && method !== 'GET'
    if (!isLocked) return await work()
    const turn = this.#addressLock.then(work)
    this.#addressLock = turn.then(
      () => undefined,
      () => undefined
    )
    return await turn
  }
}

function deliver(
  answer: ServerResponse,
  response: Response,
  fault: Fault | undefined,
  finish: (status: number) => void
): void {
  if (fault?.kind === 'commit-then-drop') {
    finish(0)
    answer.destroy()
  } else if (fault?.kind === 'commit-then-stall') finish(0)
  else if (fault?.kind === 'half') {
    finish(0)
    sendHalf(answer, response)
  } else {
    finish(response.status)
    sendAnswer(answer, response)
  }
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    )
  )
}
