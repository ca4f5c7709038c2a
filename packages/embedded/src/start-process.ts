import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLogSize, readLogTail } from './log-file.ts'
import { type Child, type Exit, spawnChild } from './spawn-child.ts'
import { reasonOf, StartFailed } from './start-failed.ts'

const defaultReadyTimeoutMs = 30_000
const defaultStopTimeoutMs = 15_000

/** A Node process that sends `{ready: true, …}` over IPC once it serves, and stops on SIGTERM and on `disconnect`. */
export interface ProcessDescription {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** A function is asked at each start: it may need what an earlier group has told. */
  readonly env: Environment | (() => Environment)
  readonly cwd: string
  readonly logFile: string
  /** Default 30,000. */
  readonly readyTimeoutMs?: number
  /** From SIGTERM to SIGKILL; default 15,000. */
  readonly stopTimeoutMs?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Starts the process and waits for its `{ready: true}`.
 *
 * @returns the child, with the whole message as `ready`.
 * @throws StartFailed when it ends first or is not ready in time, and the abort reason; the process is gone by then.
 */
export async function startProcess(
  description: ProcessDescription,
  signal: AbortSignal
): Promise<Child & { readonly ready: unknown }> {
  signal.throwIfAborted()
  const { name, env, logFile } = description
  const before = readLogSize(logFile)
  const child = await spawnChild({
    command: description.command,
    args: description.args,
    cwd: description.cwd,
    env: typeof env === 'function' ? env() : env,
    logFile,
    ipc: true,
    stopSignals: [['SIGTERM', description.stopTimeoutMs ?? defaultStopTimeoutMs]]
  }).catch((cause: unknown) => {
    throw new StartFailed({ child: name, reason: reasonOf(cause), logTail: '' }, { cause })
  })
  const timeoutMs = description.readyTimeoutMs ?? defaultReadyTimeoutMs
  try {
    const ready = await waitUntilReady(child.process, child.exited, { timeoutMs, signal })
    return { pid: child.pid, exited: child.exited, stop: child.stop, ready }
  } catch (cause) {
    await child.stop()
    signal.throwIfAborted()
    const logTail = readLogTail(logFile, before)
    throw new StartFailed({ child: name, reason: reasonOf(cause), logTail }, { cause })
  }
}

async function waitUntilReady(
  child: ChildProcess,
  exited: Promise<Exit>,
  limits: { timeoutMs: number; signal: AbortSignal }
): Promise<unknown> {
  const done = new AbortController()
  const ready = new Promise<unknown>((resolve) => {
    child.on('message', (message: unknown) => {
      if (isReady(message)) resolve(message)
    })
  })
  const ended = exited.then(({ code, signal }) => {
    throw new Error(`it ended with ${signal ?? `code ${code}`}`)
  })
  const signal = AbortSignal.any([limits.signal, done.signal])
  const late = sleep(limits.timeoutMs, undefined, { signal }).then(() => {
    throw new Error(`it was not ready after ${limits.timeoutMs} ms`)
  })
  try {
    return await Promise.race([ready, ended, late])
  } finally {
    done.abort()
    // The losers of the race reject later, with nothing new to say.
    await Promise.allSettled([late])
    ended.catch(() => undefined)
  }
}

function isReady(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'ready' in message && message.ready === true
  )
}
