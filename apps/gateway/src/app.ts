import { readFile } from 'node:fs/promises'
import type { ServiceContext, ServiceDefinition, ServiceParts } from '@proxbox/service-kit'
import { Gauge } from 'prom-client'
import { openAuthenticator } from './access/token.ts'
import { registerApi } from './api/forward.ts'
import { registerOpenApi } from './api/openapi.ts'
import { rootHandlers } from './api/roots.ts'
import { Config, checkExposure } from './config.ts'
import { buildDoor } from './door/door.ts'
import { feedHandlers } from './feed/follow.ts'
import { openHub } from './feed/hub.ts'
import { framesHandler } from './feed/list-frames.ts'
import { explainHandler } from './review/explain.ts'
import { planHandler } from './review/plan-markdown.ts'
import { version } from './version.ts'

/** The only public door: REST, OpenAPI, event streams, and the plugin door. Wiring and nothing else. */
export const gateway: ServiceDefinition<typeof Config> = {
  name: 'gateway',
  config: Config,
  open: buildGateway,
  address: (config) => ({ host: config.PROXBOX_HOST, port: config.PROXBOX_PORT }),
  tls: async ({ PROXBOX_TLS_CERT: cert, PROXBOX_TLS_KEY: key }) =>
    cert === undefined || key === undefined
      ? undefined
      : { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

async function buildGateway({
  config,
  bus,
  app,
  log,
  metrics
}: ServiceContext<Config>): Promise<ServiceParts> {
  checkExposure(config)
  await bus.waitForStream('EVENTS')
  const hub = await openHub(bus, log)
  new Gauge({
    name: 'proxbox_sse_clients',
    help: 'Open event streams',
    registers: [metrics],
    collect() {
      this.set(hub.followers())
    }
  })
  const heartbeatMs = config.PROXBOX_SSE_HEARTBEAT_MS
  const authenticate = openAuthenticator(bus, () => performance.now())
  await registerOpenApi(app, version)
  registerApi(app, {
    bus,
    authenticate,
    publicUrl: config.PROXBOX_PUBLIC_URL,
    own: {
      ...rootHandlers(bus, version),
      ...feedHandlers({ hub, bus, heartbeatMs }),
      listRunFrames: framesHandler(bus),
      readRunPlan: planHandler(bus),
      explainItem: explainHandler(bus)
    }
  })
  const door = buildDoor({ bus, hub, authenticate, version, log, heartbeatMs })
  return {
    start: async () => {
      if (config.PROXBOX_BACKEND_PORT === 0) return
      await door.listen({ host: config.PROXBOX_HOST, port: config.PROXBOX_BACKEND_PORT })
      log.info({ port: config.PROXBOX_BACKEND_PORT }, 'plugin door open')
    },
    close: async () => {
      await door.close()
      await hub.stop()
    }
  }
}
