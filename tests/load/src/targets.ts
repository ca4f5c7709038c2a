import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createNetBox, openNetBoxServer } from '@proxbox/simulator/netbox'
import { readConfig } from '@proxbox/test-conformance/config'
import { openRealNetBox } from '@proxbox/test-conformance/real-netbox'
import { openRecordingProxy, type Recorded } from './recording-proxy.ts'

/** A NetBox to measure against. */
export interface MeasuredNetBox {
  readonly title: string
  readonly url: string
  readonly token: string
  /** Empties NetBox; tokens stay. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** A door of its own to a NetBox, behind which all that is asked is recorded. A new one is a new NetBox to Proxbox. */
export interface Target {
  readonly netbox: MeasuredNetBox
  readonly url: string
  readonly token: string
  readonly requests: readonly Recorded[]
  clear(): void
  close(): Promise<void>
}

export interface NetBoxOptions {
  readonly kind: 'simulator' | 'real'
  /** What empties the NetBox of NETBOX_URL. */
  readonly resetCommand: string | undefined
  readonly log: (line: string) => void
}

/** Empties the NetBox and opens a door to it. */
export async function openTarget(netbox: MeasuredNetBox): Promise<Target> {
  await netbox.reset()
  const proxy = await openRecordingProxy(netbox.url)
  return { ...proxy, netbox, token: netbox.token }
}

/** @throws when a real one can be neither reached nor installed */
export async function openNetBox({
  kind,
  resetCommand,
  log
}: NetBoxOptions): Promise<MeasuredNetBox> {
  if (kind === 'simulator') {
    const server = await openNetBoxServer({ state: createNetBox() })
    return {
      title: 'simulated NetBox',
      url: server.url,
      token: server.token,
      reset: async () => server.reset(),
      close: () => server.close()
    }
  }
  const config = readConfig()
  if (config.netbox !== undefined) {
    const { url, token } = config.netbox
    return {
      title: `NetBox at ${url}`,
      url,
      token,
      reset: () => resetBy(resetCommand),
      close: async () => undefined
    }
  }
  const netbox = await openRealNetBox(
    {
      home: config.netboxHome,
      version: config.netboxVersion,
      dump: config.netboxDump,
      // To be measured, Postgres waits for the disk as it does in production.
      fast: false,
      python: config.python,
      userHome: config.userHome,
      log
    },
    AbortSignal.timeout(20 * 60_000)
  )
  return {
    title: `NetBox ${netbox.version}, 2 workers × 4 threads`,
    url: netbox.url,
    token: netbox.token,
    reset: () => netbox.reset(),
    close: () => netbox.stop()
  }
}

async function resetBy(command: string | undefined): Promise<void> {
  if (command === undefined)
    throw new Error(
      'The NetBox of NETBOX_URL must be emptied between measurements: say how with --reset-command, or unset NETBOX_URL.'
    )
  await promisify(execFile)('sh', ['-c', command], { timeout: 120_000 })
}

export const authorizationOf = (token: string): string =>
  `${token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${token}`
