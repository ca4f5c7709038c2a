import type { Route } from '../route.ts'
import { authenticationRoutes } from './authentication.ts'
import { decisionRoutes } from './decisions.ts'
import { fastapiEndpointRoutes } from './fastapi-endpoints.ts'
import { identityRoutes } from './identities.ts'
import { netboxEndpointRoutes } from './netbox-endpoints.ts'
import { proxmoxEndpointRoutes } from './proxmox-endpoints.ts'
import { reachabilityRoutes } from './reachability.ts'
import { settingsRoutes } from './settings.ts'

export const registryRoutes: readonly Route[] = [
  ...proxmoxEndpointRoutes,
  ...netboxEndpointRoutes,
  ...fastapiEndpointRoutes,
  ...settingsRoutes,
  ...decisionRoutes,
  ...authenticationRoutes,
  ...identityRoutes,
  ...reachabilityRoutes
]
