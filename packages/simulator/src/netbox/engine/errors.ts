/** An answer other than success; `handle` turns it into the response. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`refused with ${status}`)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export type Errors = Record<string, unknown>

/** One object does not pass validation: field to messages, as NetBox answers them. */
export class Invalid extends Error {
  readonly errors: Errors

  constructor(errors: Errors) {
    super('invalid object')
    this.errors = errors
  }
}

/** Deleting an object that others need. */
export class Protected extends Error {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super('protected object')
    this.names = names
  }
}

/** What the database itself refuses: NetBox answers 500 and names the exception. */
export class Crash extends Error {
  readonly exception: string

  constructor(exception: string, text: string) {
    super(text)
    this.exception = exception
  }
}

export function addError(errors: Errors, field: string, message: string): void {
  const list = errors[field]
  if (Array.isArray(list)) list.push(message)
  else errors[field] = [message]
}

export function invalid(field: string, message: string): Invalid {
  return new Invalid({ [field]: [message] })
}

/** A rule of the object as a whole. */
export function broken(message: string): Invalid {
  return invalid('__all__', message)
}
