import { ProxboxError, type ProxmoxConnection } from '@proxbox/contracts'
import { HttpDecodeError, HttpError, HttpTimeout, HttpTlsError } from '@proxbox/http'
import { AnswerError, missingPrivilege } from './answer-error.ts'
import { NodeClosedError } from './node-closed.ts'
import { grantCommand } from './privileges.ts'
import { NonsenseError } from './wire/decode.ts'

/**
 * Pure: any failure of a call as an error of the table; what is none of ours (an abort, a bug) comes back as it is.
 */
export function failureFrom(error: unknown, connection: ProxmoxConnection, path: string): unknown {
  const endpoint = connection.name
  const address = `${connection.host}:${connection.port}`
  if (error instanceof ProxboxError) return error
  if (error instanceof NodeClosedError) return failureFrom(error.cause, connection, path)
  if (error instanceof AnswerError) return answerFailure(error, connection)
  if (error instanceof NonsenseError || error instanceof HttpDecodeError) {
    return new ProxboxError('PROXMOX_ANSWER', {
      ...{ endpoint, path, status: 200, detail: `${error.message}.`, cause: error }
    })
  }
  if (error instanceof HttpTlsError) {
    const fingerprint = error.fingerprintSha256 ?? 'unknown'
    return new ProxboxError('PROXMOX_TLS', {
      ...{ endpoint, detail: `${sentence(error)}.`, fingerprint, cause: error }
    })
  }
  if (error instanceof HttpTimeout) {
    return new ProxboxError('PROXMOX_TIMEOUT', {
      ...{ endpoint, path, seconds: connection.timeout, cause: error }
    })
  }
  if (error instanceof HttpError && error.kind === 'aborted') return error
  if (error instanceof HttpError) {
    return new ProxboxError('PROXMOX_UNREACHABLE', {
      ...{ endpoint, address, detail: sentence(error), cause: error }
    })
  }
  return error
}

function answerFailure(error: AnswerError, connection: ProxmoxConnection): ProxboxError {
  const { message: detail, status, path } = error
  const endpoint = connection.name
  if (status === 401) {
    const username = connection.username
    return new ProxboxError('PROXMOX_CREDENTIAL', { endpoint, username, detail, cause: error })
  }
  const missing = missingPrivilege(error)
  if (missing !== undefined) {
    const remedy = grantCommand(connection, missing)
    return new ProxboxError('PROXMOX_PRIVILEGE', { endpoint, ...missing, remedy, cause: error })
  }
  return new ProxboxError('PROXMOX_ANSWER', { endpoint, path, status, detail, cause: error })
}

function sentence(error: Error): string {
  return error.message.split('; presented')[0] ?? error.message
}
