import { setTimeout as sleep } from 'node:timers/promises'
import { openTestBus } from '@proxbox/bus/testing'
import { openDatabase, sql } from '@proxbox/database'
import { openTestPostgres } from '@proxbox/embedded'
import { readConfig, startService } from '@proxbox/service-kit'
import { registry } from '../src/app.ts'
import { Config } from '../src/config.ts'

export const adminToken = 'a-token-of-the-administrator'
export const backendToken = 'a-token-of-the-built-in-backend'

const endpointEvents = ['created', 'changed', 'removed', 'reachable', 'unreachable']

/** The registry on a real NATS, with rights in force, and a real Postgres. */
export async function openStack() {
  const [nats, postgres] = await Promise.all([openTestBus(), openTestPostgres()])
  const [gateway, orchestrator, collector, inventory] = await Promise.all([
    nats.connect('gateway'),
    nats.connect('orchestrator'),
    nats.connect('collector'),
    nats.connect('inventory')
  ])
  await orchestrator.ensureStreams('orchestrator')
  const access = await nats.environmentOf('registry')
  const start = (environment: Record<string, string> = {}) =>
    startService(
      registry,
      readConfig(Config, {
        ...access,
        DATABASE_URL: postgres.url,
        PROXBOX_ADMIN_TOKEN: adminToken,
        PROXBOX_COLLECTOR_URL: 'http://127.0.0.1:8800',
        PROXBOX_BACKEND_TOKEN: backendToken,
        ...environment
      })
    )
  const service = await start()
  const database = await openDatabase({
    url: postgres.url,
    applicationName: 'test',
    schema: 'registry'
  })
  /** The endpoint events so far, once there are as many. */
  const eventsOf = async (kind: string, id: number, expected: number): Promise<string[]> => {
    for (let look = 0; look < 100; look += 1) {
      const found: { sequence: number; event: string }[] = []
      for (const event of endpointEvents) {
        const parameters = { kind, id, event }
        const range = { parameters, from: 'first' as const, until: Number.MAX_SAFE_INTEGER }
        for await (const one of gateway.read('endpoints', range, AbortSignal.timeout(5000)))
          found.push({ sequence: one.sequence, event })
      }
      const events = found.sort((a, b) => a.sequence - b.sequence).map((one) => one.event)
      if (events.length >= expected) return events
      await sleep(50)
    }
    throw new Error(`no ${expected} events of ${kind} ${id}`)
  }
  return {
    gateway,
    orchestrator,
    collector,
    inventory,
    start,
    eventsOf,
    url: service.url,
    stopPostgres: () => postgres.stop(),
    /** Everything that is stored of the Endpoints, as text. */
    async stored(): Promise<string> {
      const rows = await database.orm.execute(sql`
        select row_to_json(p)::text as text from registry.proxmox_endpoint p
        union all select row_to_json(n)::text from registry.netbox_endpoint n
        union all select row_to_json(f)::text from registry.fastapi_endpoint f
        union all select payload::text from registry.outbox`)
      return JSON.stringify([...rows])
    },
    /** As if a node had last been seen long ago. */
    async age(nodeId: string): Promise<void> {
      await database.orm.execute(
        sql`update registry.node set last_updated = last_updated - interval '8 days' where node_id = ${nodeId}`
      )
    },
    async close() {
      await service.stop()
      await database.close()
      await Promise.all([gateway, orchestrator, collector, inventory].map((one) => one.close()))
      await Promise.all([nats.close(), postgres.stop()])
    }
  }
}
