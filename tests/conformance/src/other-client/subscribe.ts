import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureVenv } from '../process/ensure-venv.ts'
import { findPython } from '../process/find-python.ts'

export interface OtherSubscriber {
  /** What it saw, once the first Run is complete. */
  readonly messages: Promise<
    readonly { subject: string; event: string; data: Record<string, unknown> }[]
  >
  stop(): void
}

const minimumMinor = 9

/** A NATS subscriber in another language (nats-py from PyPI) with the seed of the `integration` user; resolves once it listens. */
export async function openOtherSubscriber(
  options: {
    home: string
    userHome: string
    python: string | undefined
    natsUrl: string
    seedFile: string
  },
  signal: AbortSignal
): Promise<OtherSubscriber> {
  await mkdir(options.home, { recursive: true })
  const wish = { preferred: options.python, userHome: options.userHome, minimumMinor }
  const venv = await ensureVenv(
    {
      folder: join(options.home, 'venv'),
      packages: ['nats-py[nkeys]==2.16.0'],
      findPython: () => findPython(wish, signal),
      log: () => undefined
    },
    signal
  )
  const child = spawn(
    venv.python,
    [join(import.meta.dirname, 'subscribe.py'), options.natsUrl, options.seedFile],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  const ready = Promise.withResolvers<void>()
  const messages = new Promise<{ subject: string; event: string; data: Record<string, unknown> }[]>(
    (resolve) => {
      const seen: { subject: string; event: string; data: Record<string, unknown> }[] = []
      createInterface(child.stdout).on('line', (line) => {
        const message = JSON.parse(line) // written by subscribe.py
        if (message.ready === true) ready.resolve()
        else seen.push(message)
      })
      child.on('close', () => resolve(seen))
    }
  )
  child.on('close', (code) => ready.reject(new Error(`the subscriber ended with ${code}`)))
  await ready.promise
  return { messages, stop: () => void child.kill() }
}
