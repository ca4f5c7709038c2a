import type { HttpResponse } from '@proxbox/http'
import Type from 'typebox'
import { tryDecode } from './wire/decode.ts'

/** Proxmox answered with a status of 400 or more; the message is Proxmox's own words. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly status: number
  readonly path: string

  constructor(message: string, answer: { status: number; path: string }) {
    super(message)
    this.status = answer.status
    this.path = answer.path
  }
}

const Body = Type.Object({
  message: Type.Optional(Type.Unknown()),
  errors: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
})
const MAX_WORDS = 300

/** Pure: from http-server 5.2.0 the text is in `message`, before only in the reason phrase. */
export function answerErrorFrom(response: HttpResponse, path: string): AnswerError {
  const body = tryDecode(Body, bodyOf(response))
  const message = typeof body?.message === 'string' ? body.message.trim() : ''
  const errors = Object.entries(body?.errors ?? {}).map(([key, text]) => `${key}: ${String(text)}`)
  const words = [message || response.statusText.trim(), ...errors].filter((text) => text !== '')
  const text = words.join('; ').replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS)
  return new AnswerError(text || `status ${response.status}`, { status: response.status, path })
}

function bodyOf(response: HttpResponse): unknown {
  try {
    return response.json()
  } catch {
    // 595 to 599 have no body, and old servers send HTML: the reason phrase tells it then.
    return undefined
  }
}

/** Pure: what a 403 asks for, in the words of PVE::RPCEnvironment; undefined when it does not say. */
export function missingPrivilege(
  error: AnswerError
): { privilege: string; path: string } | undefined {
  if (error.status !== 403) return undefined
  const [, path, names] = /\((\/[^,()]*),\s*([\w.|]+)\)/.exec(error.message) ?? []
  const privilege = names?.split('|')[0]
  return path === undefined || privilege === undefined ? undefined : { privilege, path }
}

/** Pure: the guest moved or vanished between list and read (there is no 404). */
export function isGone(error: unknown): boolean {
  return (
    error instanceof AnswerError &&
    error.status === 500 &&
    /does not exist|no such (vm|ct|resource)|No such file or directory/i.test(error.message)
  )
}
