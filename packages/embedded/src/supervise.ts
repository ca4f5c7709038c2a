import { type ChildDescription, type ChildEvent, KeptChild } from './keep-child.ts'
import { sendSignal } from './spawn-child.ts'

export type { ChildDescription, ChildEvent, ServerDescription } from './keep-child.ts'
export type { ProcessDescription } from './start-process.ts'

const defaultRestartDelaysMs = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]
const defaultSteadyMs = 30_000

export interface SuperviseOptions {
  /** Groups start one after the other, the children of a group side by side; stopped in reverse. */
  readonly groups: readonly (readonly ChildDescription[])[]
  /** Default 1, 2, 4, 8, 16, 30 s; the last one repeats. */
  readonly restartDelaysMs?: readonly number[]
  /** Default 30,000: a child that ran this long begins with the first pause again. */
  readonly steadyMs?: number
  readonly onEvent?: (event: ChildEvent) => void
}

export interface Supervisor {
  /** The pids that run now, by child; a child between two processes is absent. */
  pids(): Readonly<Record<string, number>>
  /** What a process said with its last `{ready: true, …}`; undefined for servers and between two processes. */
  ready(name: string): unknown
  /** Sends a signal to one child, as a crash would; it is restarted. @throws when it does not run */
  kill(name: string, signal: NodeJS.Signals): void
  /** Stops all in reverse order; idempotent. */
  stop(): Promise<void>
}

/**
 * Starts children in order, restarts each that ends, and stops them in reverse. All of them are ended too when this
 * process dies in whatever way (see guard in reaper.ts).
 *
 * @param signal aborting it stops all, during the start as well as later.
 * @throws StartFailed of the first child whose first start failed, the abort reason; all others are stopped by then.
 */
export async function supervise(
  options: SuperviseOptions,
  signal?: AbortSignal
): Promise<Supervisor> {
  signal?.throwIfAborted()
  const keep = {
    restartDelaysMs: options.restartDelaysMs ?? defaultRestartDelaysMs,
    steadyMs: options.steadyMs ?? defaultSteadyMs,
    onEvent: options.onEvent ?? (() => undefined)
  }
  const groups: KeptChild[][] = []
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= stopGroups(groups)
    return stopped
  }
  const abort = () => void stop()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    for (const descriptions of options.groups) {
      signal?.throwIfAborted()
      const group = descriptions.map((description) => new KeptChild(description, keep))
      groups.push(group)
      const failed = (await Promise.allSettled(group.map((child) => child.started))).find(
        (result) => result.status === 'rejected'
      )
      signal?.throwIfAborted()
      if (failed) throw failed.reason
    }
  } catch (error) {
    signal?.removeEventListener('abort', abort)
    await stop()
    throw error
  }
  return { ...views(groups), stop }
}

function views(groups: readonly (readonly KeptChild[])[]): Omit<Supervisor, 'stop'> {
  const children = groups.flat()
  const running = (name: string) => children.find((child) => child.name === name)?.current()
  return {
    pids: () => {
      const pids = children.map((child) => [child.name, child.current()?.pid] as const)
      return Object.fromEntries(
        pids.flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid]]))
      )
    },
    ready: (name) => {
      const child = running(name)
      return child !== undefined && 'ready' in child ? child.ready : undefined
    },
    kill: (name, signal) => {
      const child = running(name)
      if (!child || !sendSignal(child.pid, signal)) throw new Error(`${name} does not run`)
    }
  }
}

async function stopGroups(groups: readonly (readonly KeptChild[])[]): Promise<void> {
  for (const group of groups.toReversed()) {
    await Promise.all(group.map((child) => child.stop()))
  }
}
