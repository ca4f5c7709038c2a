import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './spawn-child.ts'
import { reasonOf } from './start-failed.ts'
import { type ProcessDescription, startProcess } from './start-process.ts'

/** A server of this package, or anything else that can be started again and again, on the same port and folder. */
export interface ServerDescription {
  readonly name: string
  start(signal: AbortSignal): Promise<Child>
}

export type ChildDescription = ProcessDescription | ServerDescription

export interface ChildEvent {
  readonly child: string
  readonly state: 'starting' | 'ready' | 'exited' | 'restarting' | 'stopped' | 'failed'
  /** For a person: exit code or signal, pause before the restart, reason of a failed start. */
  readonly detail: string
}

export interface KeepOptions {
  /** Pauses in ms before the first, second, … restart in a row; the last one holds for all further ones. */
  readonly restartDelaysMs: readonly number[]
  /** A child that ran this long begins with the first pause again. */
  readonly steadyMs: number
  readonly onEvent: (event: ChildEvent) => void
}

/** A child that is started at once, and started again whenever it ends, until `stop()`. */
export class KeptChild {
  readonly name: string
  /** Resolves at the first `ready`, rejects when the first start fails (nothing runs then). */
  readonly started: Promise<void>
  readonly #description: ChildDescription
  readonly #options: KeepOptions
  readonly #stopping = new AbortController()
  readonly #watched: Promise<void>
  #current: Child | undefined
  #stopped: Promise<void> | undefined

  constructor(description: ChildDescription, options: KeepOptions) {
    this.name = description.name
    this.#description = description
    this.#options = options
    this.started = this.#start()
    this.#watched = this.started.then(
      () => this.#watch(),
      () => undefined
    )
  }

  /** The process that runs now, undefined between two. */
  current(): Child | undefined {
    return this.#current
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#current?.stop()
    await this.#watched
    // A start that was won while the signal fell.
    await this.#current?.stop()
    this.#tell('stopped')
  }

  async #start(): Promise<void> {
    // Nothing happens inside the constructor: an event may stop the whole, and this child must be known by then.
    await Promise.resolve()
    this.#tell('starting')
    try {
      this.#current = await startChild(this.#description, this.#stopping.signal)
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#tell('failed', reasonOf(error))
      throw error
    }
    this.#tell('ready', `pid ${this.#current.pid}`)
  }

  // Bounded by stop(): each turn waits for a process to end, then for a pause to pass.
  async #watch(): Promise<void> {
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      if (this.#current && (await this.#ended(this.#current))) failures = 0
      if (this.#stopping.signal.aborted) return
      await this.#restartAfter(pauseAfter(failures, this.#options.restartDelaysMs))
      failures += 1
    }
  }

  /** Waits for the end; true when the child had been steady. */
  async #ended(child: Child): Promise<boolean> {
    const since = performance.now()
    const { code, signal } = await child.exited
    this.#current = undefined
    if (!this.#stopping.signal.aborted) this.#tell('exited', signal ?? `code ${code}`)
    return performance.now() - since >= this.#options.steadyMs
  }

  async #restartAfter(pauseMs: number): Promise<void> {
    const { signal } = this.#stopping
    this.#tell('restarting', `in ${pauseMs} ms`)
    try {
      await sleep(pauseMs, undefined, { signal })
      await this.#start()
    } catch {
      // Stopped, or a failed start, which has been told; the next turn pauses longer.
    }
  }

  #tell(state: ChildEvent['state'], detail = ''): void {
    this.#options.onEvent({ child: this.name, state, detail })
  }
}

function startChild(description: ChildDescription, signal: AbortSignal): Promise<Child> {
  return 'start' in description ? description.start(signal) : startProcess(description, signal)
}

function pauseAfter(failures: number, delaysMs: readonly number[]): number {
  return delaysMs[Math.min(failures, delaysMs.length - 1)] ?? 0
}
