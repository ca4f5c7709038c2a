import { type Canary, planning } from '../canaries.ts'
import type { knownLives } from './known-lives.ts'

interface LifeCanary extends Omit<Canary, 'law'> {
  /** The life in which it shows. Few random ones hold what is broken, so none is waited for. */
  readonly life: keyof typeof knownLives
}

/** What a life must miss when it is broken on purpose. */
export const lifeCanaries: readonly LifeCanary[] = [
  {
    says: 'a decision answers nothing',
    life: 'a guest under another VMID, and the answer what to do',
    breaks: planning((input) => ({ ...input, decisions: [] }))
  },
  {
    says: 'an approval approves nothing',
    life: 'all vanished, and what was held for that alone is approved',
    breaks: planning((input) => ({ ...input, options: { ...input.options, budget: true } }))
  },
  {
    says: 'the Ledger is forgotten between Runs',
    life: 'a cluster whose Endpoint tells another site than before',
    breaks: planning((input) => ({ ...input, ledger: [] }))
  },
  {
    says: 'nobody asks NetBox what became of what is missing',
    life: 'a guest that a person deleted',
    breaks: planning((input) => ({ ...input, fates: new Map(), counts: new Map() }))
  }
]
