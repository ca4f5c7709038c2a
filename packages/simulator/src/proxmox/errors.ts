/** An answer that is not a success, as PVE::Exception and the HTTP server phrase it. */
export class PveError extends Error {
  override readonly name = 'PveError'
  readonly status: number
  readonly errors: Record<string, string> | undefined
  /** How long the worker is busy before it fails. */
  readonly delayMs: number
  /** True for answers of the server in front of the API: no JSON body at all. */
  readonly isBare: boolean

  constructor(
    status: number,
    reason: string,
    more: { errors?: Record<string, string>; delayMs?: number; isBare?: boolean } = {}
  ) {
    super(reason)
    this.status = status
    this.errors = more.errors
    this.delayMs = more.delayMs ?? 0
    this.isBare = more.isBare ?? false
  }
}

/** 403 in the words of PVE::RPCEnvironment. */
export function forbidden(path: string, privileges: readonly string[]): PveError {
  return new PveError(403, `Permission check failed (${path}, ${privileges.join('|')})`)
}

/** 500 for a guest whose config file is not on the asked node: PVE hardly ever answers 404. */
export function missingGuest(node: string, type: 'qemu' | 'lxc', vmid: string): PveError {
  const folder = type === 'qemu' ? 'qemu-server' : 'lxc'
  return new PveError(
    500,
    `Configuration file 'nodes/${node}/${folder}/${vmid}.conf' does not exist`
  )
}

/** 501 for paths and methods that the release does not know. */
export function notImplemented(method: string, path: string): PveError {
  return new PveError(501, `Method '${method} ${path}' not implemented`)
}

/** 400 with one faulty parameter. */
export function badParameter(name: string, text: string): PveError {
  return new PveError(400, 'Parameter verification failed.', { errors: { [name]: text } })
}
