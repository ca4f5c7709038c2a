import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLogFile } from './log-file.ts'
import { guard } from './reaper.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A running process of ours. `exited` never rejects. */
export interface Child {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** Ends the process in an ordered way, by force after a time; idempotent; resolves when it is gone. */
  stop(): Promise<void>
}

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** stdout and stderr go here: an inherited stdout would keep the pipe of whoever started us open. */
  readonly logFile: string
  readonly ipc?: boolean
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Signals to send in turn, each with the time in ms to wait for the exit; SIGKILL to the group ends the list. */
  readonly stopSignals: readonly (readonly [NodeJS.Signals, number])[]
}

/**
 * Starts a process in a group of its own (so that Ctrl-C reaches only us, and the order of stopping is ours), under the
 * guard of the reaper.
 *
 * @throws the spawn error (ENOENT, EACCES), which names the command.
 */
export async function spawnChild(
  options: SpawnOptions
): Promise<Child & { process: ChildProcess }> {
  const log = openLogFile(options.logFile)
  let child: ChildProcess
  try {
    child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', log, log, ...(options.ipc ? ['ipc' as const] : [])],
      ...options.user
    })
  } finally {
    closeSync(log)
  }
  const { pid } = child
  // Without a pid the 'error' event follows, and `once` rejects with it.
  if (pid === undefined) throw await once(child, 'spawn').catch((error: unknown) => error)
  const release = guard(pid)
  // A failed kill or send is reported here too; the exit tells all that matters.
  child.on('error', () => undefined)
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      signalGroup(pid, 'SIGKILL')
      release()
      resolve({ code, signal })
    })
  })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopInTurn(pid, exited, options.stopSignals)
    return stopping
  }
  return { process: child, pid, exited, stop }
}

/** Resolves to true when `exited` settles within the time. */
export async function exitsWithin(exited: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false)
  const gone = await Promise.race([exited.then(() => true), late])
  timer.abort()
  return gone
}

async function stopInTurn(
  pid: number,
  exited: Promise<Exit>,
  signals: SpawnOptions['stopSignals']
): Promise<void> {
  let gone = await exitsWithin(exited, 0)
  for (const [signal, timeoutMs] of signals) {
    if (gone) return
    sendSignal(pid, signal)
    gone = await exitsWithin(exited, timeoutMs)
  }
  if (!gone) signalGroup(pid, 'SIGKILL')
  await exited
}

/** Sends a signal; false when there is no such process. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
    throw error
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // EPERM is macOS's answer for a group of zombies.
    if (errorCode(error) !== 'ESRCH' && errorCode(error) !== 'EPERM') throw error
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
