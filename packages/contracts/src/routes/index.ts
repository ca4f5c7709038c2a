import type { ServiceName } from '../services.ts'
import { gatewayRoutes } from './gateway.ts'
import { inventoryRoutes } from './inventory/index.ts'
import { collectorRoutes, orchestratorRoutes } from './orchestrator.ts'
import { registryRoutes } from './registry/index.ts'
import type { Route } from './route.ts'

/** Every operation, once. */
export const routes: readonly Route[] = [
  ...gatewayRoutes,
  ...registryRoutes,
  ...orchestratorRoutes,
  ...inventoryRoutes,
  ...collectorRoutes
]

const byOperation = new Map(routes.map((route) => [route.operationId, route]))

/** @throws Error for an operation that the table does not have: a fault of the program. */
export function routeOf(operationId: string): Route {
  const route = byOperation.get(operationId)
  if (route === undefined) throw new Error(`no such operation: ${operationId}`)
  return route
}

export const routesOf = (service: ServiceName): readonly Route[] =>
  routes.filter((route) => route.service === service)
