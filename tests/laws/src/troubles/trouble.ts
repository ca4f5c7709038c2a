import type { Bench } from '../bench.ts'
import type { Eyes } from './eyes.ts'

/** What may happen to a NetBox so that it shows less than there is, or something older. */
export interface Trouble {
  readonly name: string
  readonly holds: (bench: Bench, eyes: Eyes) => Promise<void>
}
