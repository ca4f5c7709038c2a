import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { ensureVenv } from '../process/ensure-venv.ts'
import { findPython } from '../process/find-python.ts'
import { startChild } from '../process/start-child.ts'
import { stopTogether } from '../process/stop-together.ts'
import { waitUntil } from '../process/wait-until.ts'
import { type GuestCounts, guestsOf } from './guests-of.ts'

export interface FakePveOptions {
  /** Folder of the venv, kept between starts. */
  readonly home: string
  /** Default: a free one. */
  readonly port?: number
  /** Default: 3 nodes, 75 QEMU, 25 LXC. */
  readonly guests?: GuestCounts
  /** Tried before every other Python. */
  readonly python?: string | undefined
  readonly userHome: string
  readonly log?: (line: string) => void
}

export interface FakePve {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  /** Of the self-signed certificate, new at every start: 32 pairs of upper-case hex with colons. */
  readonly fingerprintSha256: string
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const PACKAGE = 'fakepve[crypto]==0.5.0'

/**
 * A Proxmox VE API by another hand: fakepve from PyPI, as a process of its own. Tasks end at once. Ends with stop(), when
 * opening fails, and when this process gets a signal. Needs Python 3.10 or newer.
 */
export async function openFakePve(options: FakePveOptions, signal: AbortSignal): Promise<FakePve> {
  const { home, userHome, python: preferred, log = () => undefined } = options
  await mkdir(home, { recursive: true })
  const venv = await ensureVenv(
    {
      folder: join(home, 'venv'),
      packages: [PACKAGE],
      findPython: () => findPython({ preferred, userHome, minimumMinor: 10 }, signal),
      log
    },
    signal
  )
  // Several may run at once, each with its own guests file and log.
  const runFolder = await mkdtemp(join(tmpdir(), 'proxbox-fakepve-'))
  const together = stopTogether()
  together.afterwards(() => rm(runFolder, { recursive: true, force: true }))
  try {
    const seed = join(runFolder, 'guests.json')
    const guests = guestsOf(options.guests ?? { nodes: 3, qemu: 75, lxc: 25 })
    await writeFile(seed, JSON.stringify({ guests }))
    const child = await startChild({
      name: 'fakepve',
      command: venv.program('fakepve'),
      args: [seed, '--host', HOST, '--port', String(options.port ?? 0), '--time-scale', '0'],
      env: { PYTHONUNBUFFERED: '1', PVE_USER: 'root@pam', PVE_PASS: 'secret' },
      cwd: runFolder,
      stopSignal: 'SIGTERM',
      graceMs: 3000,
      runFolder
    })
    together.add(child)
    let port = 0
    const hasSaidItsPort = async () => {
      port = Number(/listening on https:\/\/[^:]+:(\d+)/.exec(await child.tail())?.[1] ?? 0)
      return port > 0
    }
    await waitUntil(child, hasSaidItsPort, 30_000, signal)
    return {
      url: `https://${HOST}:${port}`,
      host: HOST,
      port,
      username: 'root@pam',
      password: 'secret',
      fingerprintSha256: await readFingerprint(port, signal),
      stop: together.stop
    }
  } catch (error) {
    await together.stop()
    throw error
  }
}

function readFingerprint(port: number, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
  return new Promise((resolve, reject) => {
    // The certificate is self-signed, and what we came to see.
    const socket = connect({ host: HOST, port, rejectUnauthorized: false })
    const onAbort = () =>
      socket.destroy(new Error('no TLS answer in time', { cause: limit.reason }))
    limit.addEventListener('abort', onAbort, { once: true })
    socket.once('error', reject)
    socket.once('close', () => limit.removeEventListener('abort', onAbort))
    socket.once('secureConnect', () => {
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      resolve(fingerprint256)
    })
  })
}
