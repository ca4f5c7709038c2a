/** SQLSTATE of an error, wherever drizzle wrapped it. */
function databaseErrorOf(error: unknown): { code: string; constraint?: string } | undefined {
  for (
    let depth = 0, one: unknown = error;
    depth < 5 && typeof one === 'object' && one !== null;
    depth += 1
  ) {
    if ('code' in one && typeof one.code === 'string') {
      const constraint =
        'constraint' in one && typeof one.constraint === 'string'
          ? { constraint: one.constraint }
          : {}
      return { code: one.code, ...constraint }
    }
    one = 'cause' in one ? one.cause : undefined
  }
  return undefined
}

const uniqueViolation = '23505'

/** Pure: the constraint that a write would have broken, or undefined when the error is another one. */
export function isUniqueViolation(error: unknown): { constraint?: string } | undefined {
  const found = databaseErrorOf(error)
  return found?.code === uniqueViolation ? found : undefined
}

/** Connection lost or refused, server starting up or going down (SQLSTATE classes 08 and 57P0x, Node's codes, the driver's words). */
const unavailable =
  /^(08\w{3}|57P0[1-5]|53300|ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EPIPE|ETIMEDOUT)$/

/** Losses that the driver reports by words alone. */
const lost =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (has encountered|was closed)|Cannot use a pool after)/

export function isUnavailable(error: unknown): boolean {
  if (unavailable.test(databaseErrorOf(error)?.code ?? '')) return true
  for (let depth = 0, one = error; depth < 5 && one instanceof Error; depth += 1) {
    if (lost.test(one.message)) return true
    one = one.cause
  }
  return false
}
