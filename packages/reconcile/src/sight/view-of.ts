import { type KindName, kinds } from '@proxbox/contracts'

/** Pure: NetBox's permission to view a kind (`ipam.view_ipaddress`). */
export const viewOf = (kind: KindName): string => kinds[kind].model.replace('.', '.view_')
