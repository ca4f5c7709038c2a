import type { KindName } from '@proxbox/contracts'

/** Pure: the name that an object has for a moment, so that another can take its own. No two objects get the same. */
export const interimName = (kind: KindName, netboxId: number | null): string =>
  `proxbox-rename-${kind}-${netboxId}`
