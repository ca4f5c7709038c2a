import Type, { type TSchema } from 'typebox'
import { nullable } from '../../nullable.ts'

/** What the collector calls. */
export const internal = {
  service: 'inventory',
  visibility: 'internal',
  callers: ['collector'],
  permission: null,
  tag: 'internal',
  status: 200,
  timeoutMs: 20_000
} as const
/** What people read. */
export const shown = {
  service: 'inventory',
  visibility: 'public',
  callers: ['gateway'],
  tag: 'inventory',
  method: 'GET',
  status: 200,
  timeoutMs: 20_000
} as const
/** What people decide. */
export const decided = { ...shown, method: 'POST', timeoutMs: 10_000 } as const

/** Whose facts these are: an older attempt than the newest one seen is refused with 409 ATTEMPT_STALE. */
export const writer = {
  netbox: Type.String(),
  run_id: Type.String(),
  attempt: Type.Integer({ minimum: 1 })
}
export const stored = Type.Object({ stored: Type.Integer() })

/** One NetBox's rows in key order, page by page; @param most rows that a page may have */
export const keyPage = (most: number) =>
  Type.Object({
    netbox: Type.String(),
    after: Type.Optional(Type.String({ maxLength: 400, description: 'key after which to go on' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: most }))
  })
export const keyPageOf = <T extends TSchema>(row: T) =>
  Type.Object({ results: Type.Array(row), next: nullable(Type.String()) })
