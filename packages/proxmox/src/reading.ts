import { ProxboxError } from '@proxbox/contracts'
import { HttpError, HttpTimeout, HttpUnreachable } from '@proxbox/http'
import pLimit, { type LimitFunction } from 'p-limit'
import { AnswerError } from './answer-error.ts'
import { failureFrom } from './failure.ts'
import { NodeClosedError } from './node-closed.ts'
import type { GetOptions, Proxmox } from './open-proxmox.ts'
import { NonsenseError } from './wire/decode.ts'

/** Where a call goes and what it costs there: plain (pveproxy) or daemon-bound (pvedaemon has 3 workers). */
export interface CallTarget {
  readonly node: string
  readonly cost: 'plain' | 'daemon'
}

/** One reading of one cluster: who may be asked how much, and who is not asked any more. */
export interface Reading {
  readonly proxmox: Proxmox
  get(target: CallTarget, path: string, options: GetOptions): Promise<unknown>
  readonly signal: AbortSignal
}

const PER_NODE = { plain: 4, daemon: 2 } as const
/** So many calls in a row without an answer, and the rest is not even tried. */
const SILENT_CALLS = 3

/** @param concurrency most calls under way at once in all */
export function openReading(proxmox: Proxmox, concurrency: number, signal: AbortSignal): Reading {
  const whole = pLimit(Math.max(1, concurrency))
  const lanes = new Map<string, LimitFunction>()
  const closed = new Map<string, Error>()
  const silent = new Map<string, number>()
  let lost: Error | undefined
  let unanswered = 0

  const lane = ({ node, cost }: CallTarget) => {
    const key = `${cost} ${node}`
    const limit = lanes.get(key) ?? pLimit(PER_NODE[cost])
    lanes.set(key, limit)
    return limit
  }
  const noteAnswer = (node: string, error: AnswerError) => {
    const { status } = error
    unanswered = 0
    // 595: no connection to the node. 596: nothing within 30 s, while the far side still works on it.
    const count = status === 596 ? (silent.get(node) ?? 0) + 1 : 0
    silent.set(node, count)
    if (status === 595 || count >= SILENT_CALLS) closed.set(node, error)
  }
  const note = (node: string, error: Error) => {
    if (error instanceof AnswerError) noteAnswer(node, error)
    const isSilence = error instanceof HttpTimeout || error instanceof HttpUnreachable
    if (isSilence) unanswered += 1
    const isRefused = error instanceof AnswerError && error.status === 401
    if (isRefused || (isSilence && unanswered >= SILENT_CALLS)) lost = error
  }
  const get: Reading['get'] = (target, path, options) =>
    lane(target)(() =>
      whole(async () => {
        signal.throwIfAborted()
        const reason = lost ?? closed.get(target.node)
        if (reason !== undefined) throw new NodeClosedError(reason)
        try {
          const data = await proxmox.get(path, options, signal)
          unanswered = 0
          silent.delete(target.node)
          return data
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof Error) note(target.node, error)
          throw error
        }
      })
    )
  return { proxmox, get, signal }
}

/** Whether a failure is one of reading, and so becomes a gap; an abort or a fault of the program goes on up. */
export function isReadFailure(error: unknown): error is Error {
  if (error instanceof HttpError) return error.kind !== 'aborted'
  if (error instanceof AnswerError || error instanceof NodeClosedError) return true
  if (error instanceof ProxboxError) return true
  return error instanceof NonsenseError
}

/** Calls; a failure is thrown as an error of the table, for what nothing can be read without. */
export async function getOrFail(
  reading: Reading,
  target: CallTarget,
  path: string,
  options: GetOptions = {}
): Promise<unknown> {
  try {
    return await reading.get(target, path, options)
  } catch (error) {
    throw failureFrom(error, reading.proxmox.connection, path)
  }
}
