/**
 * Makes a supervisor's `start` of a server that comes back on the port of its first start: clients keep their URL.
 *
 * @param open opens the server, on a free port when none is given.
 * @param port the port of the first start.
 */
export function samePort<Server extends { readonly port: number }>(
  open: (port: number | undefined, signal: AbortSignal) => Promise<Server>,
  port?: number
): (signal: AbortSignal) => Promise<Server> {
  let kept = port
  return async (signal) => {
    const server = await open(kept, signal)
    kept = server.port
    return server
  }
}
