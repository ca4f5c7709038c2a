import { run } from '../process/run.ts'
import { type Child, startChild } from '../process/start-child.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { Home } from './home.ts'
import type { SystemPrograms } from './system-packages.ts'

export interface RedisOptions {
  readonly home: Home
  readonly programs: SystemPrograms
  readonly port: number
  readonly started: (child: Child) => void
}

/** Runs one command in one of Redis' numbered databases. */
export type RunRedis = (
  database: number,
  command: readonly string[],
  signal: AbortSignal
) => Promise<string>

/** Starts Redis on loopback, keeping nothing on disk. */
export async function startRedis(options: RedisOptions, signal: AbortSignal): Promise<RunRedis> {
  const { home, programs, port } = options
  const child = await startChild({
    name: 'redis',
    command: programs.redisServer,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--daemonize', 'no'],
      ...['--save', '', '--appendonly', 'no', '--dir', home.run]
    ],
    cwd: home.run,
    stopSignal: 'SIGTERM',
    runFolder: home.run
  })
  options.started(child)
  const redis = redisRunner(programs.redisCli, port)
  const answers = async (limit: AbortSignal) => {
    try {
      return (await redis(0, ['ping'], limit)).trim() === 'PONG'
    } catch {
      // Refused while it starts; waitUntil knows when to give up, and says why.
      return false
    }
  }
  await waitUntil(child, answers, 10_000, signal)
  return redis
}

/** Talks to a Redis that runs already. */
export function redisRunner(redisCli: string, port: number): RunRedis {
  return (database, command, signal) =>
    run(
      redisCli,
      ['-h', '127.0.0.1', '-p', String(port), '-n', String(database), ...command],
      { timeoutMs: 10_000 },
      signal
    )
}
