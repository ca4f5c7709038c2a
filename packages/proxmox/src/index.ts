export { guestConfigFrom } from './config/guest-config.ts'
export { guestInterfacesFrom, type ReadInterfaces } from './guest-interfaces.ts'
export { type GetOptions, openProxmox, type Proxmox, type ProxmoxOptions } from './open-proxmox.ts'
export { type ReadOptions, readClusterEstate } from './read-cluster-estate.ts'
