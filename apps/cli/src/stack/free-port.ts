import { once } from 'node:events'
import { createServer } from 'node:net'

/** The port that a person asked for belongs to another program. */
export class PortTaken extends Error {
  readonly port: number

  constructor(
    { host, port, setting }: { host: string; port: number; setting: string },
    options?: ErrorOptions
  ) {
    const remedy = `stop it, or choose another port with ${setting}`
    super(`Port ${port} of ${host} is taken by another program: ${remedy}.`, options)
    this.name = 'PortTaken'
    this.port = port
  }
}

/**
 * A port of `host` that is free right now: `port` itself unless it is 0.
 *
 * @param setting where a person chooses it.
 * @throws PortTaken
 */
export async function freePort(host: string, port = 0, setting = 'PROXBOX_PORT'): Promise<number> {
  const server = createServer()
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new PortTaken({ host, port, setting }, { cause: error })
    throw error
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`${host} has no ports`)
  return address.port
}
