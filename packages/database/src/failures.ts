/** SQLSTATE of an error, wherever drizzle wrapped it. */
function databaseErrorOf(error: unknown): { code: string; constraint?: string } | undefined {
  for (
    let depth = 0, one: unknown = error;
    depth < 5 && typeof one === 'object' && one !== null;
    depth += 1
  ) {
    if ('code' in one && typeof one.code === 'string') {
      const constraint =
        'constraint_name' in one && typeof one.constraint_name === 'string'
          ? { constraint: one.constraint_name }
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

/** Connection lost or refused, server starting up or going down (SQLSTATE classes 08 and 57P0x; postgres.js and Node codes). */
const unavailable =
  /^(08\w{3}|57P0[1-5]|53300|CONNECTION_\w+|CONNECT_TIMEOUT|ECONN\w+|ENOTFOUND|EPIPE|ETIMEDOUT)$/

export const isUnavailable = (error: unknown): boolean =>
  unavailable.test(databaseErrorOf(error)?.code ?? '')
