/** A child that did not start: `child` is its name, `logTail` the last lines that it wrote in this start. */
export class StartFailed extends Error {
  readonly child: string
  readonly logTail: string

  constructor(facts: { child: string; reason: string; logTail: string }, options?: ErrorOptions) {
    const tail = facts.logTail === '' ? '' : `; its last lines:\n${facts.logTail}`
    super(`${facts.child} did not start: ${facts.reason}${tail}`, options)
    this.name = 'StartFailed'
    this.child = facts.child
    this.logTail = facts.logTail
  }
}

/** The sentence of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
