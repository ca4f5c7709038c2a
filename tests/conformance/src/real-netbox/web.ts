import type { Venv } from '../process/ensure-venv.ts'
import { type Child, startChild } from '../process/start-child.ts'
import { waitUntil } from '../process/wait-until.ts'
import { netboxEnvironment, type Ports } from './configuration.ts'
import type { Home } from './home.ts'
import { DATABASE } from './template.ts'

export interface WebOptions {
  readonly home: Home
  readonly venv: Venv
  readonly ports: Ports
  readonly port: number
  /** Processes of gunicorn, and threads in each. */
  readonly workers: number
  readonly threads: number
  readonly hasQueueWorker: boolean
  /** Of a second one beside the first: its name, its database, and the first of its Redis databases. */
  readonly name?: string
  readonly database?: string
  readonly redisFirst?: number
  readonly started: (child: Child) => void
}

/** Serves NetBox as its documentation does, with gunicorn, and answers once `/api/status/` does. */
export async function startWeb(options: WebOptions, signal: AbortSignal): Promise<void> {
  const { home, venv, port, database = DATABASE } = options
  const common = {
    // Nothing to lose: what is written is in Postgres. Left alone both take about five seconds.
    graceMs: 1500,
    env: netboxEnvironment(home, options.ports, database, options.redisFirst),
    cwd: home.netboxRoot,
    runFolder: home.run
  }
  const child = await startChild({
    ...common,
    name: options.name ?? 'gunicorn',
    command: venv.program('gunicorn'),
    args: [
      ...['--worker-class', 'gthread', '--workers', String(options.workers)],
      ...['--threads', String(options.threads), '--bind', `127.0.0.1:${port}`],
      ...['--timeout', '120', '--keep-alive', '30', 'netbox.wsgi']
    ],
    // At once; SIGTERM would wait for connections kept alive (gunicorn's signal list).
    stopSignal: 'SIGQUIT'
  })
  options.started(child)
  const answers = (limit: AbortSignal) => answersStatus(`http://127.0.0.1:${port}`, home, limit)
  await waitUntil(child, answers, 120_000, signal)
  if (!options.hasQueueWorker) return
  options.started(
    await startChild({
      ...common,
      name: 'rqworker',
      command: venv.program('netbox'),
      args: ['rqworker', 'high', 'default', 'low'],
      stopSignal: 'SIGTERM'
    })
  )
}

/** True once NetBox answers an authenticated request. */
export async function answersStatus(
  url: string,
  home: Home,
  signal: AbortSignal
): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/status/`, {
      headers: { authorization: `Bearer ${tokenOf(home)}` },
      signal
    })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    // Refused or cut while it starts; whoever asks knows when to give up.
    return false
  }
}

/** The v2 token as it stands in the header. */
export function tokenOf({ secrets: { token } }: Home): string {
  return `nbt_${token.key}.${token.secret}`
}
