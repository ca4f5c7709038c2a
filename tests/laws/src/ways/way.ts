import type { Guest, World } from '@proxbox/simulator/proxmox'

/** Changes a world, mostly at this guest; the number chooses among the forms that the change has. */
export type Way = (world: World, guest: Guest, way: number) => void

// Callers give constants that are not empty, so the index always meets one.
export const pick = <T>(all: readonly T[], index: number): T => all[index % all.length] as T
