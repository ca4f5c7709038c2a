import type { Run } from '@proxbox/contracts'
import {
  createNetBox,
  type NetBoxServer,
  type NetBoxState,
  openNetBoxServer
} from '@proxbox/simulator/netbox'
import { openProxmoxServer, type ProxmoxServer, type World } from '@proxbox/simulator/proxmox'
import { type FeedEvent, readFeed } from './feed.ts'
import { type InProcessStack, startInProcess } from './in-process.ts'

export const prefix = '/api/plugins/proxbox'

/** Short pauses, so that a Run that is tried three times ends within a test. */
const quickSettings = {
  PROXBOX_RETRY_PAUSES_MS: '50,50',
  PROXBOX_RUN_POLL_MS: '500',
  PROXBOX_LEASE_RENEW_MS: '500'
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Decoded JSON; the caller knows its shape from the contract. */
  readonly body: never
}

export interface Told {
  readonly run: Run
  readonly events: readonly FeedEvent[]
  readonly complete: FeedEvent['data']
}

/** The whole system, as a client of its REST API sees it. */
export class Journey {
  readonly stack: InProcessStack
  readonly #closers: (() => Promise<void>)[] = []

  constructor(stack: InProcessStack) {
    this.stack = stack
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.stack.url + path, {
      method,
      headers: {
        authorization: `Token ${this.stack.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000)
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as never
    }
  }

  /** The body of an answer below 400. */
  async want<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, prefix + path, body)
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async proxmox(world: World, fields: object = {}): Promise<ProxmoxServer & { id: number }> {
    const server = await openProxmoxServer({ world })
    this.#closers.push(() => server.close())
    const { id } = await this.want<{ id: number }>('POST', '/proxmox-endpoints/', {
      name: `lab-${server.port}`,
      domain: '127.0.0.1',
      port: server.port,
      username: server.username,
      token_name: server.tokenName,
      token_value: server.tokenValue,
      ca_certificate: server.caCertificate,
      ...fields
    })
    return Object.assign(server, { id })
  }

  async netbox(
    fields: object = {},
    state: NetBoxState = createNetBox()
  ): Promise<NetBoxServer & { id: number }> {
    const server = await openNetBoxServer({ state })
    this.#closers.push(() => server.close())
    return Object.assign(server, { id: await this.addNetBox(server, fields) })
  }

  /** Registers a NetBox that somebody else runs. @returns the Endpoint's id */
  async addNetBox(target: { url: string; token: string }, fields: object = {}): Promise<number> {
    const { port } = new URL(target.url)
    const { id } = await this.want<{ id: number }>('POST', '/netbox-endpoints/', {
      name: `netbox-${port}`,
      domain: '127.0.0.1',
      port: Number(port),
      use_https: false,
      token: target.token,
      write_mode: 'budget',
      create_default_site: true,
      ...fields
    })
    return id
  }

  /** One full update to its end. */
  async sync(request: object = {}, type = 'full-update'): Promise<Told> {
    const run = await this.want<Run>('POST', `/sync/${type}/`, request)
    return await this.follow(run)
  }

  /** The feed of a Run until it closes, and the Run then. */
  async follow(run: Pick<Run, 'run_id'>): Promise<Told> {
    const feed = await readFeed(this.feedUrl(run), this.stack.adminToken)
    const complete = feed.events.filter((event) => event.event === 'complete')
    const [only] = complete
    if (only === undefined || complete.length !== 1)
      throw new Error(
        `${complete.length} complete events: ${JSON.stringify(feed.events.slice(-3))}`
      )
    const after = await this.want<Run>('GET', `/runs/${run.run_id}/`)
    return { run: after, events: feed.events, complete: only.data }
  }

  feedUrl(run?: Pick<Run, 'run_id'>): string {
    const path = run === undefined ? '/events/' : `/runs/${run.run_id}/events/`
    return this.stack.url + prefix + path
  }

  async close(): Promise<void> {
    await this.stack.stop()
    await Promise.all(this.#closers.map((close) => close()))
  }
}

export async function openJourney(
  settings: Readonly<Record<string, string>> = {}
): Promise<Journey> {
  return new Journey(await startInProcess({ ...quickSettings, ...settings }))
}

/** Every page of a list. */
export async function listAll<T>(journey: Journey, path: string): Promise<T[]> {
  const rows: T[] = []
  for (let offset = 0; ; offset += 500) {
    const joint = path.includes('?') ? '&' : '?'
    const page = await journey.want<{ count: number; results: T[] }>(
      'GET',
      `${path}${joint}limit=500&offset=${offset}`
    )
    rows.push(...page.results)
    if (rows.length >= page.count || page.results.length === 0) return rows
  }
}
