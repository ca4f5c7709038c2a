import pino, { type DestinationStream, type Logger } from 'pino'

/** Paths that never reach a log, wherever they come from: credentials and what carries them. */
const secretPaths = [
  'token',
  'token_value',
  'token_secret',
  'password',
  'authorization',
  'cookie',
  'nkeySeed',
  'encryptionKey'
]

/** A JSON logger of one service: constant lower-case messages, data as fields, secrets redacted. */
export function openLogger(
  service: string,
  level: string,
  destination?: DestinationStream
): Logger {
  const options = {
    name: service,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: secretPaths.flatMap((path) => [path, `*.${path}`, `*.*.${path}`, `headers.${path}`]),
      censor: '[redacted]'
    },
    serializers: { error: pino.stdSerializers.err }
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
