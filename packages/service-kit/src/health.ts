import type { FastifyInstance } from 'fastify'
import { Histogram, type Registry } from 'prom-client'

export type ReadinessChecks = Readonly<Record<string, () => Promise<void> | void>>

const checkTimeoutMs = 2000

async function outcomeOf(check: () => Promise<void> | void): Promise<string> {
  const late = new Promise<string>((resolve) =>
    setTimeout(resolve, checkTimeoutMs, 'no answer').unref()
  )
  const outcome = Promise.resolve()
    .then(check)
    .then(() => 'ok')
    .catch((error: unknown) => (error instanceof Error ? error.message : 'failed'))
  return await Promise.race([outcome, late])
}

/** `/livez`: the process answers. `/readyz`: each named part is usable, 503 otherwise. `/metrics`: Prometheus text. */
export function registerHealth(
  app: FastifyInstance,
  checks: ReadinessChecks,
  metrics: Registry
): void {
  app.get('/livez', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const names = Object.keys(checks)
    const outcomes = await Promise.all(names.map((name) => outcomeOf(checks[name] as () => void))) // name comes from the keys
    const parts = Object.fromEntries(names.map((name, index) => [name, outcomes[index]]))
    const isReady = outcomes.every((outcome) => outcome === 'ok')
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', parts })
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics())
  )
}

/** Times every request by route and status. */
export function measureRequests(app: FastifyInstance, metrics: Registry): void {
  const seconds = new Histogram({
    name: 'proxbox_request_duration_seconds',
    help: 'Requests answered, over HTTP and the bus, by route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [metrics]
  })
  app.addHook('onResponse', async (request, reply) => {
    seconds.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode
      },
      reply.elapsedTime / 1000
    )
  })
}
