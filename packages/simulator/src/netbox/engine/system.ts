import { type Asked, PYTHON_VERSION } from './asked.ts'
import type { Machine } from './machine.ts'
import type { Token } from './message.ts'
import { STARTED, userOf } from './user.ts'

const APPS = [
  'circuits',
  'core',
  'dcim',
  'extras',
  'ipam',
  'plugins',
  'status',
  'tenancy',
  'users',
  'virtualization',
  'vpn',
  'wireless'
]

/** The paths that are not about a model; undefined for all others. */
export function systemAnswer(machine: Machine, asked: Asked): unknown {
  const { origin, path } = asked
  switch (path) {
    case '/api/':
      return Object.fromEntries(APPS.map((app) => [app, `${origin}/api/${app}/`]))
    case '/api/status/':
      return statusOf(machine)
    case '/api/authentication-check/':
      return userOf(origin, true)
    case '/api/users/tokens/': {
      const all = [...machine.tokens.values()].map((token, n) => tokenOf(origin, token, n + 1))
      const key = asked.query.get('key')
      const results = key === null ? all : all.filter((token) => token.key === key)
      return { count: results.length, next: null, previous: null, results }
    }
    case '/api/users/users/':
      return { count: 1, next: null, previous: null, results: [userOf(origin, true)] }
    case '/api/users/permissions/':
      return { count: 0, next: null, previous: null, results: [] }
    case '/api/core/object-types/':
      return objectTypesOf(machine, asked)
    case '/api/plugins/':
      return { 'installed-plugins': `${origin}/api/plugins/installed-plugins/` }
    case '/api/plugins/installed-plugins/':
      return []
    default:
      return path.startsWith('/api/') && APPS.includes(path.slice(5, -1))
        ? appOf(machine, asked)
        : undefined
  }
}

function appOf(machine: Machine, { origin, path }: Asked): unknown {
  const app = path.slice('/api'.length)
  const own = [...machine.routes.keys()].filter((route) => route.startsWith(app)).sort()
  return Object.fromEntries(
    own.map((route) => [route.slice(app.length, -1), `${origin}/api${route}`])
  )
}

function statusOf(machine: Machine): unknown {
  return {
    'django-version': { 5: '5.2.14', 6: '6.0.7', 7: '6.1.2' }[machine.context.minor],
    hostname: 'simulator',
    installed_apps: {},
    'netbox-version': machine.version,
    'netbox-full-version': machine.version,
    plugins: {},
    'python-version': PYTHON_VERSION,
    'rq-workers-running': 1
  }
}

function objectTypesOf(machine: Machine, { origin, query }: Asked): unknown {
  const results = [...machine.context.models.values()]
    .map((known, n) => {
      const [app = '', model = ''] = known.key.split('.')
      return {
        id: n + 1,
        url: `${origin}/api/core/object-types/${n + 1}/`,
        display: `${app} > ${known.verbose}`,
        app_label: app,
        model,
        model_name: known.verbose,
        public: true,
        is_plugin_model: false,
        rest_api_endpoint: `/api${known.path}`
      }
    })
    .filter((type) => (query.get('app_label') ?? type.app_label) === type.app_label)
    .filter((type) => (query.get('model') ?? type.model) === type.model)
  return { count: results.length, next: null, previous: null, results }
}

function tokenOf(origin: string, token: Token, id: number): Record<string, unknown> {
  const isNew = token.version === 2
  return {
    id,
    url: `${origin}/api/users/tokens/${id}/`,
    display_url: `${origin}/users/tokens/${id}/`,
    display: isNew ? token.key : `${'*'.repeat(34)}${token.value.slice(-6)}`,
    version: token.version,
    key: isNew ? token.key : null,
    user: userOf(origin, false),
    description: '',
    created: STARTED,
    expires: null,
    last_used: null,
    enabled: true,
    write_enabled: token.canWrite,
    pepper_id: isNew ? 1 : null,
    allowed_ips: null,
    token: null
  }
}
