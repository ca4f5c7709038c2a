import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '@proxbox/bus'
import { openTestBus } from '@proxbox/bus/testing'
import type { Principal, Run } from '@proxbox/contracts'
import { openDatabase } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import { type RunningService, readConfig, startService } from '@proxbox/service-kit'
import { orchestrator } from '../src/app.ts'
import { Config } from '../src/config.ts'
import { openFakeBackend, token } from './backend.ts'

export const leaseMs = 1200
export const admin: Principal = { user: 'admin', superuser: true, permissions: [], write: true }

/** Real NATS with rights in force, real Postgres, a registry of constants, and two scripted backends. */
export async function openStack() {
  const [nats, postgres] = await Promise.all([openTestBus(), openTestPostgres()])
  const [gateway, registry, collector, inventory] = await Promise.all([
    nats.connect('gateway'),
    nats.connect('registry'),
    nats.connect('collector'),
    nats.connect('inventory')
  ])
  const ours = await openFakeBackend(true)
  const foreign = await openFakeBackend(false)
  const world: World = {
    writeMode: 'budget',
    netboxes: [1, 2],
    disabled: [],
    identities: {},
    expireDays: 7,
    settingsAsked: 0
  }
  await serveRegistry(registry, { world, ours: ours.url, foreign: foreign.url })
  const environment = {
    ...(await nats.environmentOf('orchestrator')),
    DATABASE_URL: postgres.url,
    PROXBOX_LEASE_MARGIN_MS: String(leaseMs - 1000),
    PROXBOX_LEASE_RENEW_MS: '300',
    PROXBOX_RUN_POLL_MS: '100',
    PROXBOX_RETRY_PAUSES_MS: '100,200',
    PROXBOX_CANCEL_GRACE_MS: '400'
  }
  const config = readConfig(Config, environment)
  const start = (): Promise<RunningService> => startService(orchestrator, config)
  const services = [await start(), await start()]
  const database = await openDatabase({
    url: postgres.url,
    applicationName: 'test',
    schema: 'orchestrator'
  })
  const ask = <T = Run>(operation: string, request: object = {}) =>
    gateway.ask<T>(operation, { baseUrl: 'http://proxbox', principal: admin, ...request })
  const waitFor = async (id: number, isReached: (run: Run) => boolean): Promise<Run> => {
    for (let look = 0; look < 400; look += 1) {
      const run = await ask('readRun', { params: { id: String(id) } })
      if (isReached(run)) return run
      await sleep(25)
    }
    throw new Error(`run ${id} did not get there`)
  }
  const readFrames = async (run: Run) => {
    const found: { event: string; data: Record<string, unknown> }[] = []
    const range = {
      parameters: { run_id: run.run_id },
      from: 'first' as const,
      until: Number.MAX_SAFE_INTEGER
    }
    for await (const one of gateway.read('frames', range, AbortSignal.timeout(5000))) {
      const event = one.headers['Proxbox-Event'] ?? ''
      found.push({ event, data: one.payload as Record<string, unknown> }) // a Frame is an object
    }
    return found
  }
  /** The outbox sends `complete` a moment after the Run has ended. */
  const framesOf = async (run: Run) => {
    for (let look = 0; look < 100; look += 1) {
      const found = await readFrames(run)
      if (found.some((frame) => frame.event === 'complete')) return found
      await sleep(50)
    }
    throw new Error(`run ${run.id} got no complete`)
  }
  return {
    ask,
    call: gateway.call,
    collector,
    inventory,
    ours,
    foreign,
    world,
    waitFor,
    framesOf,
    database,
    services,
    start,
    startProcess: () => startProcess(environment),
    async close() {
      for (const service of services) await service.stop()
      await database.close()
      await Promise.all([gateway, registry, collector, inventory].map((one) => one.close()))
      await Promise.all([ours.close(), foreign.close()])
      await Promise.all([nats.close(), postgres.stop()])
    }
  }
}

/** An orchestrator that can be killed. */
async function startProcess(environment: Record<string, string>) {
  const main = new URL('../src/main.ts', import.meta.url).pathname
  const child = fork(main, { env: environment, stdio: 'ignore' })
  await once(child, 'message')
  return async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

interface World {
  writeMode: string
  /** A NetBox Endpoint that is none of them was removed. */
  netboxes: number[]
  disabled: number[]
  /** Of Endpoints that share the identity of another. */
  identities: Record<number, string>
  /** Undefined: the registry does not say. */
  expireDays: number | undefined
  /** How often the registry was asked for the settings. */
  settingsAsked: number
}

interface RegistryFacts {
  readonly world: World
  readonly ours: string
  readonly foreign: string
}

const serveRegistry = (bus: Bus, { world, ours, foreign }: RegistryFacts) => {
  const netbox = (id: number) => ({
    id,
    name: `netbox${id}`,
    enabled: !world.disabled.includes(id),
    write_timeout: 1,
    write_mode: { value: world.writeMode, label: '' }
  })
  const answers: Record<string, (id: number) => unknown> = {
    listNetBoxEndpoints: () => ({ results: world.netboxes.map(netbox) }),
    listProxmoxEndpoints: () => ({
      results: [1, 2].map((id) => ({ id, name: `pve${id}`, enabled: true }))
    }),
    readNetBoxEndpoint: netbox,
    identifyNetBox: (id) => ({
      netbox: world.identities[id] ?? `b${id}`,
      tag: `b${id}`,
      installation: 'i',
      refused: null,
      remedy: ''
    }),
    readSettings: () => ({ approval_expire_days: world.expireDays, run_retention_days: 90 }),
    readBackendConnection: (id) => ({
      id,
      name: id === 9 ? 'old' : 'built-in',
      base_url: id === 9 ? foreign : ours,
      token,
      verify_ssl: true,
      built_in: id !== 9
    }),
    reportReachability: () => ({ changed: false })
  }
  return bus.serve('registry', async ({ operationId }, request) => {
    const body = JSON.parse(request.payload ?? '{}') as {
      id?: number | null
      netbox_endpoint_id?: number
    } // our own calls
    const id =
      body.netbox_endpoint_id ?? body.id ?? Number(/\/(\d+)\/$/.exec(request.url)?.[1] ?? 1)
    const headers = { 'content-type': 'application/json' }
    if (operationId === 'readSettings') world.settingsAsked += 1
    if (operationId === 'readSettings' && world.expireDays === undefined)
      return { status: 503, headers, body: JSON.stringify({ code: 'DATABASE_UNAVAILABLE' }) }
    if (operationId === 'readNetBoxEndpoint' && !world.netboxes.includes(id))
      return { status: 404, headers, body: JSON.stringify({ code: 'NOT_FOUND' }) }
    return { status: 200, headers, body: JSON.stringify(answers[operationId]?.(id)) }
  })
}
