/** The driver gave no answer in time; seen when a server is killed (porsager/postgres 1154). */
export class NoAnswer extends Error {
  readonly code = 'CONNECT_TIMEOUT'

  constructor(ms: number) {
    super(`the database driver did not answer within ${ms} ms`)
    this.name = 'NoAnswer'
  }
}

/** What `work` answers; after `ms` NoAnswer is thrown, and what it answers later is dropped. @throws NoAnswer */
export async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(ms)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
