import { HttpAborted, HttpError, HttpUnreachable, type UnreachableKind } from './errors.ts'

/** System codes of libuv, and codes of the HTTP library, by what they mean to a caller. */
const KIND_BY_CODE: Readonly<Record<string, UnreachableKind>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EHOSTDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  EPROTO: 'protocol',
  UND_ERR_HEADERS_OVERFLOW: 'protocol'
}

const SENTENCES: Readonly<Record<UnreachableKind, string>> = {
  dns: 'the host name cannot be resolved',
  refused: 'the connection was refused',
  'no-route': 'there is no route to the host',
  'connect-timeout': 'the connection could not be made in time',
  reset: 'the connection broke before the answer was complete',
  protocol: 'the server does not speak the expected protocol',
  proxy: 'the proxy refused the tunnel'
}

/**
 * The error a caller sees for whatever went wrong below.
 *
 * @param label names the call without its query: `GET https://host:8006/path`
 * @param sent whether any byte of the request may have been written
 */
export function errorFrom(cause: unknown, label: string, sent: boolean): Error {
  if (cause instanceof HttpError) return cause
  if (!(cause instanceof Error)) return new TypeError(`${label}: thrown value is no error`)
  const code = codeOf(cause)
  // A header or path that cannot be sent is a fault of the program, not of the network.
  if (code === 'UND_ERR_INVALID_ARG') return cause
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new HttpAborted(`${label}: the client is closed`, { sent, cause })
  }
  if (cause.name === 'HTTPParserError') {
    // The parser's error carries raw bytes of the answer; only its sentence goes on.
    const { message } = cause
    const details = { kind: 'protocol', sent, cause: new SyntaxError(message) } as const
    return new HttpUnreachable(`${label}: ${SENTENCES.protocol}`, details)
  }
  const kind = kindOf(code)
  return new HttpUnreachable(`${label}: ${SENTENCES[kind]}`, { kind, sent, cause })
}

function kindOf(code: string): UnreachableKind {
  if (code.startsWith('ERR_SSL_')) return 'protocol'
  return KIND_BY_CODE[code] ?? 'reset'
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
