import type { Policy } from '@proxbox/contracts'

/** One field on three sides, as text that is equal exactly when NetBox takes the values for equal; '' = nothing. */
export interface Sides {
  readonly want: string
  readonly now: string
  /** What we wrote last; undefined at first contact. */
  readonly base: string | undefined
}

/** What becomes of a field in which the sides differ. */
export type Decision =
  | { readonly does: 'write'; readonly reason: string }
  | { readonly does: 'keep'; readonly reason: string }
  /** NetBox no longer holds what we wrote, and Proxmox's value goes over it. */
  | { readonly does: 'correct'; readonly reason: string }
  | { readonly does: 'conflict'; readonly code: 'both-changed'; readonly reason: string }

const keep = (reason: string): Decision => ({ does: 'keep', reason })

/** A text that the old plugin put where nobody had written anything (netbox-proxbox 0.0.x). */
const placeholder = /^synced from proxmox node\b/i

function fillBlank(now: string): Decision {
  const isNothing = now === '' || placeholder.test(now)
  return isNothing
    ? { does: 'write', reason: 'NetBox has nothing' }
    : keep('NetBox had a value before we came')
}

function mergeValue({ want, now, base }: Sides): Decision {
  if (base === undefined) return fillBlank(now)
  if (now === base) return { does: 'write', reason: 'changed in Proxmox' }
  if (base === want) return keep('changed in NetBox')
  return { does: 'conflict', code: 'both-changed', reason: 'changed in Proxmox and in NetBox' }
}

function correct({ want, now, base }: Sides): Decision {
  if (base === undefined) return { does: 'write', reason: 'Proxmox says so' }
  if (base === now) return { does: 'write', reason: 'changed in Proxmox' }
  const reason = base === want ? 'drift' : 'drift, and changed in Proxmox'
  return { does: 'correct', reason }
}

/** Pure: what its policy says of one field whose wanted value is not NetBox's. */
export function decide(policy: Policy, sides: Sides): Decision {
  const { want, now, base } = sides
  if (want === '' && !base) return keep('Proxmox has nothing here')
  switch (policy) {
    case 'source':
      return correct(sides)
    case 'own': {
      const isEdited = base !== undefined && base !== now
      return { does: 'write', reason: `${isEdited ? 'drift: ' : ''}kept by Proxbox alone` }
    }
    case 'fill':
      return base === undefined ? fillBlank(now) : keep('filled once, then left to NetBox')
    case 'merge':
      return mergeValue(sides)
  }
}
