import { signalProcess } from './end-process.ts'
import type { Child } from './start-child.ts'

/** Children that end together, the last one started first: on stop(), and when this process is told to end. */
export interface Together {
  add(child: Child): void
  /** Runs after the children have ended, whatever the reason. */
  afterwards(work: () => Promise<void>): void
  stop(): Promise<void>
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Until stop() the process listens for signals: it stops the children, then ends by the same signal. */
export function stopTogether(): Together {
  const children: Child[] = []
  const last: (() => Promise<void>)[] = []
  let stopping: Promise<void> | undefined

  const end = async () => {
    try {
      for (const child of children.toReversed()) await child.stop()
    } finally {
      for (const work of last) await work()
      forget()
    }
  }
  const stop = () => {
    stopping ??= end()
    return stopping
  }
  const onSignal = (name: NodeJS.Signals) => {
    const leave = () => process.kill(process.pid, name)
    stop().then(leave, leave)
  }
  // No time to wait here; what outlives its signal is ended at the next start.
  const onExit = () => {
    for (const child of children.toReversed()) {
      if (child.isRunning()) signalProcess(child.pid, child.stopSignal)
    }
  }
  const forget = () => {
    for (const name of SIGNALS) process.off(name, onSignal)
    process.off('exit', onExit)
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  process.on('exit', onExit)
  return { add: (child) => children.push(child), afterwards: (work) => last.push(work), stop }
}
