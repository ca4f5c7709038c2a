import type { KindName } from '@proxbox/contracts'

/** Kinds of which there are as many objects as guests and nodes have parts. */
export const objectKinds: readonly KindName[] = [
  'device',
  'interface',
  'vm',
  'vm-interface',
  'mac-address',
  'disk',
  'ip-address'
]
