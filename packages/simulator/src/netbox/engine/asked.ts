import type { Machine } from './machine.ts'
import type { Request, Token } from './message.ts'
import type { Renderer } from './render.ts'

/** A request that passed the door: who asks for what. */
export interface Asked {
  readonly request: Request
  readonly query: URLSearchParams
  readonly path: string
  readonly origin: string
  readonly requestId: string
  readonly token: Token | undefined
  readonly renderer: Renderer
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export const PYTHON_VERSION = '3.12.1'

/** The weak ETag of a single object, from 4.6 on. */
export function etagOf(machine: Machine, lastUpdated: unknown): Record<string, string> {
  if (machine.context.minor < 6 || typeof lastUpdated !== 'string') return {}
  return { ETag: `W/"${lastUpdated.replace('Z', '+00:00')}"` }
}
