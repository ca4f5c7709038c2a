import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '../process/end-process.ts'
import { openHome } from './home.ts'
import { openRealNetBox, type RealNetBox, type RealNetBoxOptions } from './open-real-netbox.ts'
import { type Owner, readOwner } from './owner.ts'

/** Runs NetBox until a signal ends this process. */
export async function serveDaemon(options: RealNetBoxOptions, signal: AbortSignal): Promise<void> {
  const netbox = await openRealNetBox({ ...options, isDaemon: true }, signal)
  options.log(`NetBox answers at ${netbox.url}`)
  // openRealNetBox listens for the signals; this only keeps the process alive.
  const alive = setInterval(() => undefined, 60_000)
  signal.addEventListener('abort', () => clearInterval(alive), { once: true })
}

/**
 * Starts `command` (which must call serveDaemon) apart from us unless a daemon runs, and waits for its NetBox. Throws with
 * the end of its log when it fails.
 */
export async function startDaemon(
  options: RealNetBoxOptions,
  command: readonly string[],
  signal: AbortSignal
): Promise<RealNetBox> {
  const home = await openHome(options.home)
  if (!(await readOwner(home.run))) {
    const log = await open(join(home.run, 'daemon.log'), 'w')
    const [program = '', ...args] = command
    try {
      const child = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd] })
      await once(child, 'spawn')
      child.unref()
    } finally {
      await log.close()
    }
  }
  await waitForUrl(home.run, signal)
  return await openRealNetBox(options, signal)
}

/** Ends the daemon of this home and everything it started. False when there is none. */
export async function stopDaemon(homeFolder: string): Promise<boolean> {
  const home = await openHome(homeFolder)
  const owner = await readOwner(home.run)
  if (!owner?.isDaemon) return false
  // Postgres, Redis and gunicorn each may take their ten seconds.
  await endProcess(owner.process, 'SIGTERM', 45_000)
  return true
}

/** The daemon of this home, if one runs. */
export async function readDaemon(homeFolder: string): Promise<Owner | undefined> {
  const home = await openHome(homeFolder)
  const owner = await readOwner(home.run)
  return owner?.isDaemon ? owner : undefined
}

async function waitForUrl(run: string, signal: AbortSignal): Promise<void> {
  const begun = Date.now()
  for (;;) {
    const owner = await readOwner(run)
    if (owner?.url !== undefined) return
    // Node needs a moment until the daemon has claimed the home.
    if (owner === undefined && Date.now() - begun > 5000)
      throw new Error(`the daemon ended:\n${await readFile(join(run, 'daemon.log'), 'utf8')}`)
    await sleep(100, undefined, { signal })
  }
}
