import {
  registerRoutes,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts
} from '@proxbox/service-kit'
import { registerBackend } from './backend/stream-routes.ts'
import { Config } from './config.ts'
import { openCancelNotices } from './lease/cancel-notices.ts'
import { joinLease } from './lease/lease.ts'
import { probeHandlers } from './probes/probes.ts'
import { runSync } from './sync/run.ts'
import { version } from './version.ts'

/** The built-in backend: reads Proxmox, plans, writes NetBox, reports Events. Wiring and nothing else. */
export const collector: ServiceDefinition<typeof Config> = {
  name: 'collector',
  config: Config,
  open: buildApp,
  address: addressOf
}

function addressOf(config: Config): { host: string; port: number } {
  const url = new URL(config.PROXBOX_COLLECTOR_URL)
  return { host: url.hostname, port: Number(url.port) }
}

async function buildApp({ config, bus, app, log }: ServiceContext<Config>): Promise<ServiceParts> {
  const netboxOptions = { lanes: config.PROXBOX_WRITE_LANES, batchSize: config.PROXBOX_BATCH_SIZE }
  const { onCancel, stop } = await openCancelNotices(bus)
  registerRoutes(app, 'collector', probeHandlers(bus))
  registerBackend(app, {
    token: config.PROXBOX_BACKEND_TOKEN,
    version,
    prepare: async (claim, readerGone) => {
      const lease = await joinLease(claim, {
        bus,
        renewMs: config.PROXBOX_LEASE_RENEW_MS,
        monotonicMs: () => performance.now(),
        readerGone,
        onCancel
      })
      return { run: (stream) => runSync(stream, lease, { bus, log, netboxOptions }) }
    }
  })
  return { close: stop }
}
