import { openTestBus } from '@proxbox/bus/testing'
import { type Principal, ProxboxError, routesOf } from '@proxbox/contracts'
import {
  baseConfig,
  encryptionKey,
  type Handler,
  handler,
  readConfig,
  registerRoutes,
  type ServiceContext,
  startService
} from '@proxbox/service-kit'
import Type from 'typebox'
import { gateway } from '../src/app.ts'
import { Config } from '../src/config.ts'

const EchoConfig = Type.Object({ ...baseConfig, PROXBOX_ENCRYPTION_KEY: encryptionKey })
const echoing = ['registry', 'orchestrator', 'inventory'] as const

/** What an echoing service was asked, after its schemas have taken it. */
export interface Echo {
  readonly operationId: string
  readonly params: Record<string, unknown> | undefined
  readonly query: Record<string, unknown>
  readonly body: unknown
  readonly user: string
}

export const runId = '01900000-0000-7000-8000-000000000001'
/** A Run that retention took. */
export const goneId = '01900000-0000-7000-8000-000000000002'

const echo: Handler = async ({ operationId, params, query, body, principal }) => ({
  operationId,
  params,
  query,
  body: body ?? null,
  user: principal.user
})

const page = { run_id: runId, sha256: 'a'.repeat(64), count: 3, held: 0 }
/** A Plan of two pages, and one that is replaced while it is read: from its position 10 on. */
const markdownPage = (after: number) => ({
  ...page,
  ...(after === 11 ? { sha256: 'b'.repeat(64) } : {}),
  text: `## after ${after}, undo of Run ${runId}\n`,
  next: { 0: 1, 10: 11 }[after] ?? null
})

/** What the inventory says of an Item that one Run wrote, with what it was asked. */
const explained = (asked: object) => ({
  ...asked,
  operationId: 'explainItem',
  netbox: 'b1',
  run_id: runId,
  fields: [
    {
      ...{ field: 'name', written: { run_id: runId }, held: { run_id: goneId }, planned: null },
      text: `written by Run ${runId}: new; held in Run ${goneId}.`
    }
  ]
})

/** A gateway on a real NATS with rights in force, before services that only say what they were asked. */
export async function openStack(principals: Readonly<Record<string, Principal>>) {
  const nats = await openTestBus()
  const authenticate = handler<unknown, unknown, { token: string }>(async ({ body }) => {
    const principal = principals[body.token]
    if (principal === undefined) throw new ProxboxError('TOKEN_INVALID')
    return principal
  })
  const special: Record<string, Handler> = {
    authenticate,
    readRun: async ({ params }) => {
      if (Reflect.get(Object(params), 'id') === goneId)
        throw new ProxboxError('NOT_FOUND', { what: 'Run', id: goneId })
      return {
        run_id: runId,
        ...(params as object), // validated
        id: 7,
        netbox_endpoint: { id: 1, name: 'lab' }
      }
    },
    readRunPlan: async (request) => {
      const query = request.query as { after?: number; format?: string } // validated
      return query.format === 'md' ? markdownPage(query.after ?? 0) : await echo(request)
    },
    explainItem: async ({ params, query }) => explained({ params, query })
  }
  const started = await Promise.all(
    echoing.map(async (name) =>
      startService(
        {
          name,
          config: EchoConfig,
          open: async ({ app, bus }: ServiceContext<unknown>) => {
            if (name === 'orchestrator') await bus.ensureStreams('orchestrator')
            const handlers = routesOf(name).map(
              ({ operationId }) => [operationId, special[operationId] ?? echo] as const
            )
            registerRoutes(app, name, Object.fromEntries(handlers))
            return {}
          }
        },
        readConfig(EchoConfig, await nats.environmentOf(name))
      )
    )
  )
  const environment = { ...(await nats.environmentOf('gateway')), PROXBOX_PORT: '0' }
  const service = await startService(gateway, readConfig(Config, environment))
  return {
    url: service.url,
    async close() {
      await service.stop()
      for (const one of started) await one.stop()
      await nats.close()
    }
  }
}
