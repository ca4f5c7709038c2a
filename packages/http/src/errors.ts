/** Every failure of this package; `kind` tells a program why, the message tells a person. */
export abstract class HttpError extends Error {
  abstract readonly kind: string
}

export type UnreachableKind =
  | 'dns'
  | 'refused'
  | 'no-route'
  | 'connect-timeout'
  | 'reset'
  | 'protocol'
  | 'proxy'

/** No complete answer, because a connection could not be made or broke. */
export class HttpUnreachable extends HttpError {
  override readonly name = 'HttpUnreachable'
  readonly kind: UnreachableKind
  /** False only when the server certainly saw nothing of the request. */
  readonly sent: boolean

  constructor(message: string, details: { kind: UnreachableKind; sent: boolean; cause?: unknown }) {
    super(message, { cause: details.cause })
    this.kind = details.kind
    this.sent = details.sent
  }
}

/** The answer, or the next byte of a stream, did not come in time. */
export class HttpTimeout extends HttpError {
  override readonly name = 'HttpTimeout'
  readonly kind = 'timeout'
  /** False only when the server certainly saw nothing of the request. */
  readonly sent: boolean

  constructor(message: string, details: { sent: boolean }) {
    super(message)
    this.sent = details.sent
  }
}

export type TlsErrorKind = 'expired' | 'self-signed' | 'wrong-name' | 'untrusted' | 'fingerprint'

/** The server's certificate is not the one we may talk to; nothing of the request was sent. */
export class HttpTlsError extends HttpError {
  override readonly name = 'HttpTlsError'
  readonly kind: TlsErrorKind
  readonly sent = false
  /** SHA-256 of the presented leaf, upper-case hex with colons. */
  readonly fingerprintSha256: string | undefined

  constructor(message: string, details: { kind: TlsErrorKind; fingerprintSha256?: string }) {
    super(message)
    this.kind = details.kind
    this.fingerprintSha256 = details.fingerprintSha256
  }
}

/** The answer arrived but is not what its type promises: no JSON, no event stream, broken gzip. */
export class HttpDecodeError extends HttpError {
  override readonly name = 'HttpDecodeError'
  readonly kind = 'decode'
}

/** The answer, or one event of a stream, is larger than the caller allows. */
export class HttpTooLarge extends HttpError {
  override readonly name = 'HttpTooLarge'
  readonly kind = 'too-large'
  readonly limitBytes: number

  constructor(message: string, details: { limitBytes: number }) {
    super(message)
    this.limitBytes = details.limitBytes
  }
}

/** The caller's signal fired, or the client was closed under the call. */
export class HttpAborted extends HttpError {
  override readonly name = 'HttpAborted'
  readonly kind = 'aborted'
  /** False only when the server certainly saw nothing of the request. */
  readonly sent: boolean

  constructor(message: string, details: { sent: boolean; cause?: unknown }) {
    super(message, { cause: details.cause })
    this.sent = details.sent
  }
}

/** A stream was answered with another status than 200. `body` holds at most 64 KiB. */
export class HttpStatusError extends HttpError {
  override readonly name = 'HttpStatusError'
  readonly kind = 'status'
  readonly status: number
  readonly body: string

  constructor(message: string, details: { status: number; body: string }) {
    super(message)
    this.status = details.status
    this.body = details.body
  }
}
