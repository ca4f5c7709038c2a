import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '@proxbox/cli/stack'
import { apiPrefix, isEnded, type Run, type RunState } from '@proxbox/contracts'
import { openProxmoxServer, type ProxmoxServer, type World } from '@proxbox/simulator/proxmox'

/** The whole system as real processes, and simulated clusters that it knows. */
export interface Lab {
  readonly stack: Stack
  readonly proxmox: ProxmoxServer
  /** One request to the REST API; a gateway that is starting again is waited for when `repeats` is set. */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>
  /** Makes a NetBox Endpoint. */
  addNetBox(target: NetBoxTarget, fields?: Record<string, unknown>): Promise<number>
  startRun(netboxEndpointId: number, patienceMs?: number): Promise<Run>
  /** Polls a Run until it has ended, ten times a second unless `everyMs` says otherwise. */
  waitForEnd(run: Pick<Run, 'run_id'>, timeoutMs: number, everyMs?: number): Promise<Run>
  /** Waits until every part runs and the gateway says that it is ready. */
  settle(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

export interface CallOptions {
  readonly body?: unknown
  /** How long refusals of a starting gateway are tried again; 0: not at all. */
  readonly patienceMs?: number
}

export interface NetBoxTarget {
  readonly url: string
  readonly token: string
}

export interface LabOptions {
  readonly world: World
  /** Environment of the services. */
  readonly env?: Readonly<Record<string, string>>
  readonly restartDelaysMs?: readonly number[]
  readonly proxmox?: { readonly jitter?: boolean; readonly workers?: boolean }
}

const partNames = [
  'nats',
  'postgres',
  'registry',
  'orchestrator',
  'inventory',
  'collector',
  'gateway'
] as const
export type PartName = (typeof partNames)[number]
export const parts: readonly PartName[] = partNames

const callTimeoutMs = 30_000
const pauseMs = 100

export async function openLab(options: LabOptions): Promise<Lab> {
  const home = await mkdtemp(join(tmpdir(), 'proxbox-lab-'))
  const stopping = new AbortController()
  const closers: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true })]
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    const proxmox = await openProxmoxServer({ world: options.world, ...options.proxmox })
    closers.push(() => proxmox.close())
    const stack = await startStack(
      {
        home,
        env: { ...systemEnv(), ...options.env },
        port: 0,
        ...(options.restartDelaysMs === undefined
          ? {}
          : { restartDelaysMs: options.restartDelaysMs })
      },
      stopping.signal
    )
    closers.push(() => stack.stop())
    const lab = labOver(stack, proxmox, close)
    await lab.settle(callTimeoutMs)
    await addProxmox(lab)
    return lab
  } catch (error) {
    await close()
    throw error
  }
}

/** What the services need of ours; no setting of the person who runs this gets in. */
const systemEnv = () => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NATS_SERVER_BIN: process.env.NATS_SERVER_BIN,
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'info'
})

function labOver(stack: Stack, proxmox: ProxmoxServer, close: () => Promise<void>): Lab {
  const call = <T>(method: string, path: string, options: CallOptions = {}) =>
    callPatiently<T>(stack, { method, path, ...options })
  return {
    stack,
    proxmox,
    call,
    close,
    addNetBox: async (target, fields = {}) =>
      (
        await call<{ id: number }>('POST', '/netbox-endpoints/', {
          body: netboxBody(target, fields)
        })
      ).id,
    startRun: (id, patienceMs = 0) =>
      call<Run>('POST', '/sync/full-update/', { body: { netbox_endpoint_ids: [id] }, patienceMs }),
    async waitForEnd({ run_id }, timeoutMs, everyMs = pauseMs) {
      const endMs = performance.now() + timeoutMs
      for (;;) {
        const run = await call<Run>('GET', `/runs/${run_id}/`, { patienceMs: timeoutMs })
        if (isEnded(run.state.value as RunState)) return run // one of the table's, by the contract
        if (performance.now() > endMs)
          throw new Error(`run ${run_id} is ${run.state.value} after ${timeoutMs} ms`)
        await sleep(everyMs)
      }
    },
    async settle(timeoutMs) {
      const endMs = performance.now() + timeoutMs
      while (!(await isSettled(stack))) {
        if (performance.now() > endMs)
          throw new Error(
            `not ready after ${timeoutMs} ms: ${JSON.stringify(stack.supervisor.pids())}`
          )
        await sleep(pauseMs)
      }
    }
  }
}

async function isSettled(stack: Stack): Promise<boolean> {
  const pids = stack.supervisor.pids()
  if (!parts.every((name) => pids[name] !== undefined)) return false
  const answer = await fetch(`${stack.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined
  )
  return answer?.ok === true
}

interface Asked extends CallOptions {
  readonly method: string
  readonly path: string
}

async function callPatiently<T>(stack: Stack, asked: Asked): Promise<T> {
  const endMs = performance.now() + (asked.patienceMs ?? 0)
  for (;;) {
    try {
      const answer = await ask(stack, asked)
      const text = await answer.text()
      if (answer.ok) return JSON.parse(text) as T // the contract, held by the gateway's tests
      if (answer.status < 500 || performance.now() > endMs)
        throw new Refusal(`${asked.method} ${asked.path}: ${answer.status} ${text}`)
    } catch (error) {
      if (error instanceof Refusal || performance.now() > endMs) throw error
    }
    await sleep(pauseMs)
  }
}

class Refusal extends Error {}

const ask = (stack: Stack, { method, path, body }: Asked): Promise<Response> =>
  fetch(`${stack.url}${apiPrefix}${path}`, {
    method,
    headers: {
      authorization: `Token ${stack.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(callTimeoutMs)
  })

function netboxBody({ url, token }: NetBoxTarget, fields: Record<string, unknown>) {
  const { hostname, port, protocol } = new URL(url)
  return {
    // Ports come again over a long suite.
    name: `netbox-${port}-${randomUUID()}`,
    domain: hostname,
    port: Number(port),
    use_https: protocol === 'https:',
    token_version: token.startsWith('nbt_') ? 'v2' : 'v1',
    token,
    write_mode: 'budget',
    create_default_site: true,
    ...fields
  }
}

async function addProxmox({ call, proxmox }: Lab): Promise<void> {
  await call('POST', '/proxmox-endpoints/', {
    body: {
      name: 'lab',
      domain: '127.0.0.1',
      port: proxmox.port,
      username: proxmox.username,
      token_name: proxmox.tokenName,
      token_value: proxmox.tokenValue,
      ca_certificate: proxmox.caCertificate
    }
  })
}

/** The seed of a bus user, for a reader of our own. */
export const seedOf = async (stack: Stack, user: 'gateway' | 'orchestrator'): Promise<string> =>
  (await readFile(stack.home.seedFile(user), 'utf8')).trim()
