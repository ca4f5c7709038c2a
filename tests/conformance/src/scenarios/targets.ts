import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import { fetch } from 'undici'
import type { ConformanceConfig } from '../config.ts'
import { openRealNetBox } from '../real-netbox/open-real-netbox.ts'
import {
  type Ask,
  createNarrowToken,
  narrowActions,
  narrowConstraints,
  narrowModels
} from './narrow-token.ts'
import type { Target } from './run-scenario.ts'
import { valueAt } from './scenario.ts'

/** A NetBox that can be had empty again and again. */
export interface Side {
  /** Empty, with both tokens. */
  fresh(signal: AbortSignal): Promise<Target>
  close(): Promise<void>
}

/** The simulator, in the version the recordings are of. */
export async function openSimulatorSide(): Promise<Side> {
  const server = await openNetBoxServer({ state: createNetBox({ version: '4.7.3' }) })
  const readOnlyToken = server.addToken({ isReadOnly: true })
  const narrowToken = server.addToken({
    permissions: narrowModels.flatMap((model) =>
      narrowActions.map((action) => model.replace('.', `.${action}_`))
    ),
    constraints: Object.fromEntries(narrowModels.map((model) => [model, narrowConstraints]))
  })
  return {
    fresh: async () => {
      server.reset()
      const openNarrow = async () => ({ token: narrowToken, remove: async () => undefined })
      return { url: server.url, token: server.token, readOnlyToken, openNarrow, isShared: false }
    },
    close: () => server.close()
  }
}

/** The NetBox of NETBOX_URL, cleaned up by deleting; without it our own, reset for each scenario. */
export async function openRealSide(
  config: ConformanceConfig,
  log: (line: string) => void,
  signal: AbortSignal
): Promise<Side> {
  const { netbox } = config
  if (netbox) {
    const ask = askerOf(netbox, signal)
    const readOnlyToken = await createReadOnlyToken(ask)
    const openNarrow = () => createNarrowToken(ask)
    const target = { ...netbox, readOnlyToken, openNarrow, isShared: true }
    return { fresh: async () => target, close: async () => undefined }
  }
  const real = await openRealNetBox(
    {
      home: config.netboxHome,
      version: config.netboxVersion,
      dump: config.netboxDump,
      python: config.python,
      userHome: config.userHome,
      // Nothing here looks at the search index, and two cores have enough to do.
      hasQueueWorker: false,
      log
    },
    signal
  )
  return {
    fresh: async (limit) => {
      await real.reset()
      const { url, token } = real
      const ask = askerOf({ url, token }, limit)
      const readOnlyToken = await createReadOnlyToken(ask)
      return {
        ...{ url, token, readOnlyToken, isShared: false },
        openNarrow: () => createNarrowToken(ask)
      }
    },
    close: () => real.stop()
  }
}

/** Requests that a superuser makes before a scenario. @throws Error for any answer that is none of success */
const askerOf =
  ({ url, token }: { readonly url: string; readonly token: string }, signal: AbortSignal): Ask =>
  async (method, path, body) => {
    const answer = await fetch(`${url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)])
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

async function createReadOnlyToken(ask: Ask): Promise<string> {
  const user = valueAt(await ask('GET', '/users/users/?is_superuser=true&limit=1'), 'results.0.id')
  const made = await ask('POST', '/users/tokens/', { user, version: 2, write_enabled: false })
  return `nbt_${valueAt(made, 'key')}.${valueAt(made, 'token')}`
}
