import { type OpenSide, openOverHttp } from '@proxbox/test-laws'
import type { ConformanceConfig } from './config.ts'
import { openRealNetBox, type RealNetBox } from './real-netbox/open-real-netbox.ts'

export interface RealSide extends OpenSide {
  /** Where it answers to others. */
  readonly target: { readonly url: string; readonly token: string }
  /** A second NetBox, made from this one. */
  readonly copy: RealNetBox['copy']
}

/** A real NetBox of our own for the laws: they empty it and bring copies of it back, which nobody else's would bear. */
export async function openRealSide(
  config: ConformanceConfig,
  log: (line: string) => void,
  signal: AbortSignal
): Promise<RealSide> {
  const real = await openRealNetBox(
    {
      home: config.netboxHome,
      version: config.netboxVersion,
      dump: config.netboxDump,
      python: config.python,
      userHome: config.userHome,
      hasQueueWorker: false,
      log
    },
    signal
  )
  try {
    await real.reset()
    const { url, token, reset, save } = real
    const side = await openOverHttp({ url, token, empty: reset, save }, signal)
    return {
      ...side,
      target: { url, token },
      copy: real.copy,
      close: async () => {
        await side.close()
        await real.stop()
      }
    }
  } catch (error) {
    await real.stop()
    throw error
  }
}
