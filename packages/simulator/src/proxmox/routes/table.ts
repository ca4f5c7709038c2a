import { accessRoutes } from './access.ts'
import { agentRoutes } from './agent.ts'
import { clusterRoutes } from './cluster.ts'
import { guestRoutes } from './guests.ts'
import { nodeRoutes } from './nodes.ts'
import { resourceRoutes } from './resources.ts'
import type { Route } from './route.ts'
import { sdnRoutes } from './sdn.ts'
import { storageRoutes } from './storage.ts'
import { taskRoutes } from './tasks.ts'

/** Every GET that the simulator serves to a logged-in caller. */
export const routes: readonly Route[] = [
  ...accessRoutes,
  ...resourceRoutes,
  ...clusterRoutes,
  ...sdnRoutes,
  ...nodeRoutes,
  ...storageRoutes,
  ...taskRoutes,
  ...guestRoutes,
  ...agentRoutes
]

const compiled = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}))

/** The route of a path below /api2/json, with its decoded parameters. */
export function routeOf(path: string): { route: Route; params: Record<string, string> } | null {
  for (const { route, pattern } of compiled) {
    const match = pattern.exec(path)
    if (match === null) continue
    const entries = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decoded(value)])
    return { route, params: Object.fromEntries(entries) }
  }
  return null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // A stray percent sign stays as it is, as in URI::Escape.
    if (error instanceof URIError) return text
    throw error
  }
}
