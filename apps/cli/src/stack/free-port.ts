import { once } from 'node:events'
import { createServer } from 'node:net'

/** The port that a person asked for belongs to another program. */
export class PortTaken extends Error {
  constructor({ host, port }: { host: string; port: number }, options?: ErrorOptions) {
    super(
      `Port ${port} of ${host} is taken by another program: stop it or choose another.`,
      options
    )
    this.name = 'PortTaken'
  }
}

/** A port of `host` that is free right now: `port` itself unless it is 0. @throws PortTaken */
export async function freePort(host: string, port = 0): Promise<number> {
  const server = createServer()
  try {
    await once(server.listen({ host, port, exclusive: true }), 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new PortTaken({ host, port }, { cause: error })
    throw error
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`${host} has no ports`)
  return address.port
}
