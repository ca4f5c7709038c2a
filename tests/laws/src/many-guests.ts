import type { Guest } from '@proxbox/contracts'
import { configOf, guest } from '@proxbox/reconcile/testing'

export { clusterOf } from '@proxbox/reconcile/testing'

/** A running VM with one disk and a UUID of its own; with a NIC and a static address when `net` says so. */
export function plainGuest(vmid: number, net = false, more: Partial<Guest> = {}): Guest {
  const { nics, ...config } = configOf(vmid)
  const smbiosUuid = `00000000-0000-4000-8000-${String(vmid).padStart(12, '0')}`
  return guest(vmid, { config: { ...config, smbiosUuid, nics: net ? nics : [] }, ...more })
}
