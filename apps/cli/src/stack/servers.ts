import { join } from 'node:path'
import { natsAuthorization } from '@proxbox/bus'
import {
  findNatsServer,
  type NatsServer,
  openNats,
  openPostgres,
  type PostgresServer,
  type ServerDescription,
  samePort
} from '@proxbox/embedded'
import { checkout, type Environment } from '../config.ts'
import { type Home, readPublicKeys } from './home.ts'

/** An embedded server: what the supervisor keeps running, and what it told at its last start. */
export interface EmbeddedServer<Server> {
  readonly description: ServerDescription
  /** @throws before the first start */
  readonly current: () => Server
}

/** The embedded bus; found or installed before the first start, as that may take a while. */
export async function embeddedNats(
  home: Home,
  env: Environment,
  log: (text: string) => void,
  signal: AbortSignal
): Promise<EmbeddedServer<NatsServer>> {
  const binary = await findNatsServer({ cacheDir: join(checkout, '.cache'), env, log }, signal)
  const authorization = natsAuthorization(await readPublicKeys(home))
  return keepServer('nats', (port, abort) =>
    openNats({ binary: binary.path, dataDir: home.natsDir, port, authorization, log }, abort)
  )
}

const databaseName = 'proxbox'

/** The embedded database server, with the database `proxbox`. */
export function embeddedPostgres(home: Home): EmbeddedServer<PostgresServer> {
  return keepServer('postgres', async (port, signal) => {
    const server = await openPostgres({ dataDir: home.postgresDir, port }, signal)
    try {
      await server.createDatabase(databaseName, undefined, signal)
    } catch (error) {
      // 42P04 duplicate_database; the statement's answer has no more than this text.
      if (!(error instanceof Error && error.message.includes('already exists'))) {
        await server.stop()
        throw error
      }
    }
    return { ...server, url: server.databaseUrl(databaseName) }
  })
}

function keepServer<Server extends NatsServer | PostgresServer>(
  name: string,
  open: (port: number | undefined, signal: AbortSignal) => Promise<Server>
): EmbeddedServer<Server> {
  let last: Server | undefined
  const start = samePort(open)
  return {
    description: {
      name,
      start: async (signal) => {
        last = await start(signal)
        return last
      }
    },
    current: () => {
      if (last === undefined) throw new Error(`${name} has not started yet`)
      return last
    }
  }
}
