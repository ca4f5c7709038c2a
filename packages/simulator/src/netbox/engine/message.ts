/** A request as the machine sees it: decoded, without a socket. */
export interface Request {
  readonly method: string
  /** With or without a query string. */
  readonly path: string
  readonly query?: URLSearchParams | string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** Size of the body on the wire; undefined in process: not limited. */
  readonly bodyBytes?: number
  /** Why the body is not JSON, in Python's words. */
  readonly bodyError?: string
  /** In process nobody needs a token; the server sets false. */
  readonly isTrusted?: boolean
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON value, or text when the content type is text/html; undefined: empty. */
  readonly body: unknown
}

/** Lookups of Django that must all hold: `{ description: '' }`, `{ id__in: [1, 2] }` (users.ObjectPermission.constraints). */
export type Constraints = Readonly<Record<string, unknown>>

export interface Token {
  readonly key: string
  /** What stands in the header, without the keyword. */
  readonly value: string
  readonly version: 1 | 2
  readonly canWrite: boolean
  /** `app.action_model`; undefined: a superuser's. */
  readonly permissions?: ReadonlySet<string>
  /** Per model: which of its objects the token's user sees; a model without: all. */
  readonly constraints?: Readonly<Record<string, Constraints>>
}
