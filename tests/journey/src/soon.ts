import { setTimeout as sleep } from 'node:timers/promises'

const looks = 50
const pauseMs = 100

/** What is found as soon as it is as wanted: that takes a moment. Where it takes too long, what was found last. */
export async function soon<T>(look: () => Promise<T>, isWanted: (found: T) => boolean): Promise<T> {
  for (let tries = 1; tries < looks; tries += 1) {
    const found = await look()
    if (isWanted(found)) return found
    await sleep(pauseMs)
  }
  return await look()
}
