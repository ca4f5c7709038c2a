import { randomFrom } from '@proxbox/simulator/proxmox'
import { type PartName, parts } from './lab.ts'

/** Where in the life of a Run somebody dies. */
export type CrashWindow =
  /** While NetBox is read, before anything is planned. */
  | 'reading'
  /** Intents are stored, NetBox has not seen the write. */
  | 'before a write'
  /** NetBox committed but did not answer (a collector that dies hears nothing; others die at this moment). */
  | 'committed, not answered'
  /** The collector has the answer, the inventory has no outcome. */
  | 'answered, not recorded'
  /** The inventory has the outcome, nobody was told. */
  | 'recorded, not reported'

export interface CrashPoint {
  readonly victim: PartName
  readonly window: CrashWindow
  /** Of the reads or writes that NetBox sees, from 1. */
  readonly nth: number
}

/** The windows that a part's death is tried in, the telling ones first. */
const windowsOf: Readonly<Record<PartName, readonly CrashWindow[]>> = {
  collector: [
    'committed, not answered',
    'answered, not recorded',
    'recorded, not reported',
    'before a write',
    'reading'
  ],
  inventory: ['answered, not recorded', 'before a write', 'reading', 'committed, not answered'],
  orchestrator: [
    'recorded, not reported',
    'committed, not answered',
    'reading',
    'before a write',
    'answered, not recorded'
  ],
  registry: ['reading', 'before a write', 'committed, not answered'],
  gateway: ['reading', 'before a write', 'committed, not answered'],
  nats: ['committed, not answered', 'reading', 'before a write'],
  postgres: ['committed, not answered', 'before a write', 'reading']
}

/** Pure: so many points per part; the same seed and counts give the same points. */
export function pointsFrom(
  seed: number,
  perPart: number,
  counts: { readonly reads: number; readonly writes: number }
): CrashPoint[] {
  const random = randomFrom(seed)
  return parts.flatMap((victim) =>
    Array.from({ length: perPart }, (_, index) => {
      const windows = windowsOf[victim]
      const window = windows[index % windows.length] ?? 'reading'
      const most = window === 'reading' ? counts.reads : counts.writes
      return { victim, window, nth: random.int(1, most) }
    })
  )
}

/** Pure: for people. */
export const titleOf = ({ victim, window, nth }: CrashPoint): string =>
  `${victim} dies ${window === 'reading' ? `at read ${nth}` : `at write ${nth}: ${window}`}`
