import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

const checkout = resolve(import.meta.dirname, '../../..')

/** What the environment says about the servers the suite talks to. */
export interface ConformanceConfig {
  /** PROXBOX_CONFORMANCE=real: hold the real NetBox against the same scenarios. */
  readonly wantsReal: boolean
  /** PROXBOX_CONFORMANCE_SHARE=third: of laws' cases and scenarios of identity only every third runs on the real NetBox, of those of keepers what depends on it. */
  readonly everyNth: number
  /** NETBOX_URL with NETBOX_TOKEN: a NetBox that runs already. It is written to. */
  readonly netbox: { readonly url: string; readonly token: string } | undefined
  /** PROXBOX_REAL_NETBOX_HOME, or the checkout's `.cache/real-netbox/<version>`: kept between starts. */
  readonly netboxHome: string
  readonly netboxVersion: string
  /** PROXBOX_NETBOX_DUMP, or where one lies beside the checkout; need not exist. */
  readonly netboxDump: string
  /** PROXBOX_FAKE_PVE_HOME, or the checkout's `.cache/fakepve`. */
  readonly fakePveHome: string
  /** PROXBOX_PYTHON: tried before all others. */
  readonly python: string | undefined
  readonly userHome: string
}

/** Reads the environment once; empty values count as absent. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ConformanceConfig {
  const netboxVersion = env.PROXBOX_NETBOX_VERSION || '4.7.3'
  const cache = join(checkout, '.cache')
  const url = env.NETBOX_URL
  const token = env.NETBOX_TOKEN
  return {
    wantsReal: env.PROXBOX_CONFORMANCE === 'real',
    everyNth: env.PROXBOX_CONFORMANCE_SHARE === 'third' ? 3 : 1,
    netbox: url && token ? { url: url.replace(/\/+$/, ''), token } : undefined,
    netboxHome: env.PROXBOX_REAL_NETBOX_HOME || join(cache, 'real-netbox', netboxVersion),
    netboxVersion,
    netboxDump:
      env.PROXBOX_NETBOX_DUMP || join(checkout, '../shared/data', `netbox-${netboxVersion}.pgdump`),
    fakePveHome: env.PROXBOX_FAKE_PVE_HOME || join(cache, 'fakepve'),
    python: env.PROXBOX_PYTHON || undefined,
    userHome: homedir()
  }
}

/** The environment a program started here gets: ours, with what it needs on top. */
export function environmentWith(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more }
}
