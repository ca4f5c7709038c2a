import type { Bus } from '@proxbox/bus'
import { apiPrefix, routes } from '@proxbox/contracts'
import type { OwnHandler } from './forward.ts'

/** Pure: the collections below the plugin's root: `runs` → its URL. */
function collections(baseUrl: string): Record<string, string> {
  const lists = routes.filter(
    (route) =>
      route.visibility === 'public' &&
      route.method === 'GET' &&
      /^\/api\/plugins\/proxbox\/[a-z-]+\/$/.test(route.path)
  )
  const names = lists.map((route) => route.path.slice(apiPrefix.length + 1, -1)).sort()
  return Object.fromEntries(names.map((name) => [name, `${baseUrl}${apiPrefix}/${name}/`]))
}

/** What the gateway says about itself. */
export function rootHandlers(
  bus: Pick<Bus, 'status'>,
  version: string
): Record<string, OwnHandler> {
  return {
    readApiRoot: async ({ baseUrl }) => ({
      plugins: `${baseUrl}${apiPrefix}/`,
      status: `${baseUrl}/api/status/`
    }),
    readPluginRoot: async ({ baseUrl }) => collections(baseUrl),
    readStatus: async () => ({
      'proxbox-version': version,
      'node-version': process.version,
      bus: bus.status()
    }),
    checkAuthentication: async ({ principal }) => ({
      username: principal.user,
      is_superuser: principal.superuser,
      permissions: principal.permissions
    })
  }
}
