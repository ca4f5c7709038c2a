import { estatesOf, randomsFrom } from '../cases.ts'
import type { Law } from '../law.ts'
import { Storm } from './storm.ts'

const rounds = 20

/** Between 20 Runs people edit and delete: nothing of theirs is lost but by policy, and every correction is told. */
export const humanEdits: Law = {
  name: 'A storm of human edits',
  holds: async (one, bench) => {
    const estates = await estatesOf(one)
    const session = await bench.session(one.version)
    const random = randomsFrom(one.faults)
    await new Storm(session, { estates, rounds, share: 0.2, random }).rage()
  }
}
