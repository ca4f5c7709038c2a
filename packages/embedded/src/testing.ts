import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTestEnvironment } from './config.ts'
import { findNatsServer } from './find-nats-server.ts'
import { type NatsOptions, type NatsServer, openNats } from './nats-server.ts'
import { openPostgres, type PostgresServer } from './postgres.ts'
import type { Child } from './spawn-child.ts'

/**
 * Starts a nats-server for a test, in a fresh folder that `stop()` removes; the binary stays in the user's cache.
 *
 * @param options authorization and payload limit as for openNats.
 */
export async function openTestNats(
  options: Pick<NatsOptions, 'authorization' | 'maxPayload' | 'port'> = {},
  signal?: AbortSignal
): Promise<NatsServer> {
  const { path } = await findNatsServer(readTestEnvironment(), signal)
  return inFreshFolder('proxbox-nats-', (dataDir) =>
    openNats({ ...options, binary: path, dataDir }, signal)
  )
}

/**
 * Starts a Postgres for a test, in a fresh folder that `stop()` removes (about 0.5 s). Without fsync: nothing outlives
 * the test, and a killed server still finds what it wrote in the page cache.
 */
export async function openTestPostgres(signal?: AbortSignal): Promise<PostgresServer> {
  const settings = { fsync: 'off', full_page_writes: 'off' }
  return inFreshFolder('proxbox-postgres-', (dataDir) =>
    openPostgres({ dataDir, settings }, signal)
  )
}

async function inFreshFolder<Server extends Child>(
  prefix: string,
  open: (folder: string) => Promise<Server>
): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  try {
    // Postgres under another user passes through.
    await chmod(folder, 0o755)
    const server = await open(folder)
    const stop = async () => {
      await server.stop()
      await remove()
    }
    return { ...server, stop }
  } catch (error) {
    await remove()
    throw error
  }
}
