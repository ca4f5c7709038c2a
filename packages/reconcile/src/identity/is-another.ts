import type { Guest, LedgerRow } from '@proxbox/contracts'
import { evidenceOf, type GuestEvidence } from '../desired/evidence.ts'

type Facts = Readonly<GuestEvidence>

/** Names that Proxmox gives volumes by itself, and gives again with the VMID: `vm-101-disk-0`, `subvol-101-disk-0.subvol`. */
const given = /(?:^|[:/])(?:vm|subvol)-\d+-disk-\d+(?:\.\w+)?$/

/** Pure: are both known, and other? What was not read contradicts nothing. */
const differ = (one: string | undefined, other: string | undefined): boolean =>
  Boolean(one && other) && one?.toLowerCase() !== other?.toLowerCase()

/** Pure: are both known, with no MAC in common? */
function shareNoMac({ macs: one }: Facts, { macs: other }: Facts): boolean {
  if (!one || !other) return false
  const known = new Set(other.toUpperCase().split(','))
  return one.split(',').every((mac) => !known.has(mac.toUpperCase()))
}

/** Pure: is the root volume another one, or does its name not tell? An equal name of a person's choice is the same volume. */
const mayBeOtherRoot = ({ root: one }: Facts, { root: other }: Facts): boolean =>
  differ(one, other) || (Boolean(one && other) && given.test(one ?? ''))

/**
 * Pure: is the guest that has this VMID now another one than the Ledger knows? A virtual machine by a new uuid and a new
 * creation time: either alone is a restore or an edit. A container has neither (pct.conf): it is another one when its name,
 * all its MACs and its root volume are, for each of them alone is edited, cloned or moved.
 */
export function isAnother({ evidence: known }: Pick<LedgerRow, 'evidence'>, guest: Guest): boolean {
  const now = evidenceOf(guest)
  if (guest.type === 'qemu')
    return differ(now.uuid, known.uuid) && differ(now.created, known.created)
  return differ(now.name, known.name) && shareNoMac(now, known) && mayBeOtherRoot(now, known)
}
