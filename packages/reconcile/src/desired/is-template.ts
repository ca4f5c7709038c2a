import type { Guest } from '@proxbox/contracts'

export const isTemplate = (guest: Guest): boolean =>
  guest.template === true || guest.config?.template === true
